namespace SecureAgent.Guest;

/// <summary><c>--name value … -- command…</c>: the form of every stage's arguments.</summary>
internal sealed class StageArguments
{
    private readonly List<(string Name, string Value)> options = [];

    public IReadOnlyList<string> Command { get; private init; } = [];

    public static StageArguments Parse(IReadOnlyList<string> args)
    {
        var separator = args.Count;
        for (var index = 0; index < args.Count; index += 2)
        {
            if (args[index] == "--")
            {
                separator = index;
                break;
            }

            if (!args[index].StartsWith("--", StringComparison.Ordinal) || index + 1 == args.Count)
            {
                throw new GuestException($"unexpected argument {args[index]}");
            }
        }

        var parsed = new StageArguments { Command = [.. args.Skip(separator + 1)] };
        for (var index = 0; index < separator; index += 2)
        {
            parsed.options.Add((args[index], args[index + 1]));
        }

        return parsed;
    }

    public IEnumerable<string> All(string name) => options.Where(option => option.Name == name).Select(option => option.Value);

    public string? Single(string name) => All(name).SingleOrDefault();

    public string Required(string name) => Single(name) ?? throw new GuestException($"{name} is missing");
}
