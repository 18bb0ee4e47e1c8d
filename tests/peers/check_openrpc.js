// check_openrpc.js: reads an OpenRPC document from stdin and validates it, with all references resolved.
const { parseOpenRPCDocument, validateOpenRPCDocument } = require("@open-rpc/schema-utils-js");
let text = "";
process.stdin.on("data", (d) => (text += d));
process.stdin.on("end", async () => {
  try {
    const document = await parseOpenRPCDocument(text);
    const verdict = validateOpenRPCDocument(document);
    if (verdict !== true) throw verdict;
    console.log(`valid: ${document.methods.length} methods`);
  } catch (e) {
    console.log(`invalid: ${e && e.message ? e.message : e}`);
    process.exitCode = 1;
  }
});
