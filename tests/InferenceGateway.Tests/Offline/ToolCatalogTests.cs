using SecureAgent.InferenceGateway.Offline.Planning;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Tests.Offline;

/// <summary>Which of an agent's tools are taken for lists of files, reads and searches.</summary>
public sealed class ToolCatalogTests
{
    [Theory]
    [InlineData("list_files", "list_files")]
    [InlineData("ls", "ls")]
    [InlineData("listDirectory", "listDirectory")]
    [InlineData("CronList", null)]
    [InlineData("TaskList", null)]
    [InlineData("list_mcp_resources", null)]
    public void List_WithoutAPath_IsOneOfFilesByItsName(string name, string? taken) =>
        Assert.Equal(taken, new ToolCatalog([new ToolDefinition(name, "", default)]).List?.Name);

    [Fact]
    public void List_WithAPath_IsTakenWhateverItsName() =>
        Assert.Equal("list", new ToolCatalog([FolderChat.Tool("list", "path")]).List?.Name);

    [Theory]
    [InlineData("read_text_file", "read_text_file")]
    [InlineData("view_image", null)]
    [InlineData("read_media_file", null)]
    public void Read_IsOneOfText(string name, string? taken) => Assert.Equal(taken, new ToolCatalog([FolderChat.Tool(name, "path")]).Read?.Name);

    [Fact]
    public void List_OfTasks_LeavesThePlaceToOneOfFiles()
    {
        var catalog = new ToolCatalog([new ToolDefinition("TaskList", "", default), FolderChat.Tool("Glob", "pattern"), FolderChat.Tool("list_files", "path"), FolderChat.Tool("Read", "file_path")]);

        Assert.Equal(("list_files", "Read", "file_path"), (catalog.List?.Name, catalog.Read?.Name, catalog.Read?.Argument));
    }
}
