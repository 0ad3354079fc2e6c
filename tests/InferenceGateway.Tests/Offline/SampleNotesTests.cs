namespace SecureAgent.InferenceGateway.Tests.Offline;

/// <summary>Facts of samples/notes that no single file holds.</summary>
public sealed class SampleNotesTests
{
    [Theory]
    [InlineData("Summarise the notes in this folder", "(meetings/2026-07-08.md:8)", "(meetings/2026-08-05.md:7)", "(budget/venue.md:8)", "(budget/printing.md:8)", "(budget/catering.txt:5)", "(risks.md:3)")]
    [InlineData("When is the open day?", "26 September 2026", "(meetings/2026-07-08.md:8)", "(plan.md:11) [changed later: see meetings/2026-07-08.md:8]")]
    [InlineData("What is the deadline for the flyer artwork?", "until 4 September 2026", "(meetings/2026-08-05.md:7)", "(plan.md:17) [changed later: see meetings/2026-08-05.md:7]")]
    [InlineData("How much does the event cost in total?", "1,290 EUR", "480 EUR", "1,090 EUR", "3,000 EUR")]
    [InlineData("Who is responsible for catering?", "Ines takes over catering from Tomasz", "Tomasz leads catering")]
    [InlineData("How many people may be in Weir Hall at once, and how many came at the peak last year?", "at most 180 people", "the peak was 210 people")]
    [InlineData("Why was the open day moved?", "the hall floor is being relaid")]
    public void Answer_FactsOfSeveralFiles_AreQuotedWithTheirLine(string task, params string[] expected)
    {
        var (answer, _) = FolderChat.Ask(task);

        Assert.All(expected, fact => Assert.Contains(fact, answer, StringComparison.Ordinal));
    }
}
