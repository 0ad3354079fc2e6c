// The official MCP client, against a filesystem server it knows. Prints what it was answered, as JSON.
//   node client.mjs http SOCKET ROOT      over Streamable HTTP, through a loopback port as in the sandbox
//   node client.mjs stdio PROGRAM ROOT    over stdio, the way the official server is run
import net from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [, , kind, server, root] = process.argv;
const options = { timeout: 300_000 };

async function connect(client) {
  if (kind === "stdio") {
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [server, root], stderr: "ignore" }));
    return () => client.close();
  }

  const relay = net.createServer((near) => {
    const far = net.connect(server);
    near.on("error", () => far.destroy()).on("close", () => far.destroy());
    far.on("error", () => near.destroy()).on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise((ready) => relay.listen(0, "127.0.0.1", ready));
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${relay.address().port}/mcp`)));
  return async () => {
    await client.close();
    relay.close();
    relay.closeAllConnections?.();
  };
}

const at = (path) => (path === "" ? root : `${root}/${path}`);
const short = (text) => (typeof text === "string" && text.length > 100_000 ? { length: text.length, start: text.slice(0, 64), end: text.slice(-64) } : text);
const shown = (result) => ({
  isError: result.isError === true,
  content: result.content.map((block) => ({ ...block, text: short(block.text) })),
  structured: result.structuredContent && { ...result.structuredContent, content: short(result.structuredContent.content) },
});

const steps = [
  ["list", "list_directory", { path: at("") }],
  ["sizes", "list_directory_with_sizes", { path: at(""), sortBy: "size" }],
  ["tree", "directory_tree", { path: at(""), excludePatterns: ["deep"] }],
  ["search", "search_files", { path: at(""), pattern: "**/*e*", excludePatterns: ["big"] }],
  ["nothing", "search_files", { path: at(""), pattern: "*.none" }],
  ["info", "get_file_info", { path: at("notes/b.txt") }],
  ["allowed", "list_allowed_directories", {}],
  ["read", "read_text_file", { path: at("notes/b.txt") }],
  ["readOld", "read_file", { path: at("notes/b.txt") }],
  ["head", "read_text_file", { path: at("notes/b.txt"), head: 2 }],
  ["tail", "read_text_file", { path: at("notes/end"), tail: 2 }],
  ["headZero", "read_text_file", { path: at("notes/b.txt"), head: 0 }],
  ["tailZero", "read_text_file", { path: at("notes/b.txt"), tail: 0 }],
  ["headAll", "read_text_file", { path: at("notes/b.txt"), head: 99 }],
  ["headEmpty", "read_text_file", { path: at("empty"), head: 1 }],
  ["slash", "list_directory", { path: at("notes/") }],
  ["sizesOne", "list_directory_with_sizes", { path: at("notes/deep") }],
  ["inside", "search_files", { path: at(""), pattern: "notes/**" }],
  ["outside", "search_files", { path: at(""), pattern: "*", excludePatterns: ["notes/**"] }],
  ["treeOutside", "directory_tree", { path: at(""), excludePatterns: ["notes/**", "far"] }],
  ["treeFar", "directory_tree", { path: at("far/") }],
  ["several", "read_multiple_files", { paths: [at("a.txt"), at("notes/b.txt")] }],
  ["image", "read_media_file", { path: at("dot.png") }],
  ["binary", "read_media_file", { path: at("data.bin") }],
  ["preview", "edit_file", { path: at("notes/b.txt"), edits: [{ oldText: "two", newText: "2" }], dryRun: true }],
  ["edit", "edit_file", { path: at("notes/b.txt"), edits: [{ oldText: "two", newText: "2" }, { oldText: "  three", newText: "drei" }] }],
  ["edited", "read_text_file", { path: at("notes/b.txt") }],
  ["directory", "create_directory", { path: at("made/inner") }],
  ["write", "write_file", { path: at("made/new.txt"), content: "grüße\n" }],
  ["overwrite", "write_file", { path: at("made/new.txt"), content: "neu\n" }],
  ["move", "move_file", { source: at("made/new.txt"), destination: at("made/inner/moved.txt") }],
  ["moved", "read_text_file", { path: at("made/inner/moved.txt") }],
  ["missing", "read_text_file", { path: at("none") }],
  ["taken", "move_file", { source: at("a.txt"), destination: at("notes/b.txt") }],
  ["noEdit", "edit_file", { path: at("a.txt"), edits: [{ oldText: "not there", newText: "x" }] }],
  ["order", "list_directory_with_sizes", { path: at(""), sortBy: "age" }],
  ["noFiles", "read_multiple_files", { paths: [] }],
  ["headAndTail", "read_text_file", { path: at("a.txt"), head: 1, tail: 1 }],
  ["climb", "read_text_file", { path: at("../outside.txt") }],
  ["elsewhere", "read_text_file", { path: "/etc/hostname" }],
  ["noArgument", "read_text_file", {}],
  ["noTool", "format_disk", {}],
  // Last: over stdio this client closes the connection at a message this long.
  ["big8", "read_text_file", { path: at("big/8") }],
  ["big64", "read_text_file", { path: at("big/64") }],
];

const client = new Client({ name: "official", version: "1" });
const close = await connect(client);
const { tools } = await client.listTools();
const answers = {};
for (const [name, tool, args] of steps) {
  // What a tool promises of its structured answer is checked by the client itself: it throws.
  answers[name] = await client.callTool({ name: tool, arguments: args }, undefined, options).then(shown, (error) => ({ isError: true, thrown: error.message }));
}

await close();
console.log(JSON.stringify({ tools, answers }));
