// check_told.js: reads {document, told: [{of, value}]} from stdin: an OpenRPC document, and what methods of it have answered and
// notifications of it have told. Says of each that does not fit why. A member that the document does not know is a fault too,
// but in objects of which it tells a part.
const Ajv = require("ajv");
const PARTS = ["Council", "ResolvedCouncil", "RunOptions"];
const close = (schema) => (schema.properties && !PARTS.includes(schema.title) ? { ...schema, additionalProperties: false } : schema);
let text = "";
process.stdin.on("data", (d) => (text += d));
process.stdin.on("end", () => {
  const { document, told } = JSON.parse(text);
  const schemas = {};
  for (const [name, schema] of Object.entries(document.components.schemas)) schemas[name] = close(schema);
  const checks = {};
  const add = (name, schema) => (checks[name] = new Ajv().compile({ ...close(schema), components: { schemas } }));
  for (const method of document.methods) add(method.name, method.result.schema);
  for (const notification of document["x-notifications"])
    add(notification.name, {
      type: "object",
      properties: Object.fromEntries(notification.params.map((p) => [p.name, p.schema])),
      required: notification.params.filter((p) => p.required).map((p) => p.name),
    });
  for (const { of, value } of told) {
    if (checks[of](value)) continue;
    console.log(`${of}: ${JSON.stringify(checks[of].errors.slice(-3))}`);
    process.exitCode = 1;
  }
  console.log(`${told.length} looked at`);
});
