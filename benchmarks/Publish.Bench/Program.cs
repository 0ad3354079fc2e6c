using SecureAgent.Publish.Bench;

return await PublishBench.RunAsync(rounds: args is ["--rounds", var count] ? int.Parse(count, System.Globalization.CultureInfo.InvariantCulture) : 15);
