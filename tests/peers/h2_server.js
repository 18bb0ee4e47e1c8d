// h2_server.js CERT KEY: answers every request over HTTP/2 with a chat completion whose text is the protocol, a slash, and
// how many connections there were. Prints its port.
"use strict";
const fs = require("fs");
const http2 = require("http2");

let connections = 0;
const server = http2.createSecureServer({ cert: fs.readFileSync(process.argv[2]), key: fs.readFileSync(process.argv[3]), allowHTTP1: true });
server.on("secureConnection", () => connections++);
server.on("request", (request, response) => {
    request.resume();
    request.on("end", () => {
        const message = { role: "assistant", content: request.httpVersion + "/" + connections };
        const body = { model: "m", choices: [{ index: 0, message, finish_reason: "stop" }] };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(body));
    });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
