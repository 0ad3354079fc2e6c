using SecureAgent.Cli;

return await CommandLine.RunAsync(args);
