using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>One line for the operator from what stopped a start.</summary>
public static class StartupFailure
{
    public static string Describe(Exception error) => error switch
    {
        StartupException => error.Message,
        IOException { InnerException: AddressInUseException } => $"{error.Message} Stop the program that holds the port, or choose another with --port NAME=PORT.",
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } => $"{error.Message}; choose another port with --port NAME=PORT.",
        _ => error.Message,
    };
}
