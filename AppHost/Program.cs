using SecureAgent.AppHost.Commands;

#if ASPIRE
if (SecureAgent.AppHost.Aspire.AspireHost.IsOfAspire(args))
{
    return await SecureAgent.AppHost.Aspire.AspireHost.RunAsync(args, options: null, CancellationToken.None);
}
#endif
return await HostCommand.RunAsync(args);
