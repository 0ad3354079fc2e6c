namespace SecureAgent.EndToEnd.Tests;

/// <summary>One server for the tests that do not break it.</summary>
public sealed class SharedServer : IAsyncLifetime
{
    public Server Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await Server.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

[CollectionDefinition(nameof(SharedServerCollection))]
public sealed class SharedServerCollection : ICollectionFixture<SharedServer>;
