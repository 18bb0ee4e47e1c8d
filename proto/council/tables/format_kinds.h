/* The wire formats, a row each: `type` of a configured provider. What a row is made into, and how a
 * format is added, is told in kinds.h. */
#ifndef PROTO_COUNCIL_TABLES_FORMAT_KINDS_H
#define PROTO_COUNCIL_TABLES_FORMAT_KINDS_H

enum format_flags {
    FORMAT_SCHEMA = 1 << 0,            /* can hold a model to a JSON Schema */
    FORMAT_SCHEMA_WITH_TOOLS = 1 << 1, /* also while tools are offered */
    FORMAT_NETWORK = 1 << 2, /* has a server: without it no base_url, no limit of options */
};

/* ROW(ID, name, flags, doc) */
/* clang-format off */
#define FORMAT_ROWS(ROW)                                                                                               \
    ROW(MOCK, mock, FORMAT_SCHEMA | FORMAT_SCHEMA_WITH_TOOLS, "made-up answers, without a network")                    \
    ROW(OPENAI, openai, FORMAT_SCHEMA | FORMAT_SCHEMA_WITH_TOOLS | FORMAT_NETWORK,                                     \
        "OpenAI's chat completions, and what many servers imitate")                                                    \
    ROW(OPENAI_RESPONSES, openai_responses, FORMAT_SCHEMA | FORMAT_SCHEMA_WITH_TOOLS | FORMAT_NETWORK,                 \
        "OpenAI's responses")                                                                                          \
    ROW(ANTHROPIC, anthropic, FORMAT_SCHEMA | FORMAT_SCHEMA_WITH_TOOLS | FORMAT_NETWORK, "Anthropic's messages")       \
    ROW(GEMINI, gemini, FORMAT_SCHEMA | FORMAT_NETWORK, "Gemini's generateContent")                                    \
    ROW(OPENROUTER, openrouter, FORMAT_SCHEMA | FORMAT_SCHEMA_WITH_TOOLS | FORMAT_NETWORK,                             \
        "OpenRouter's chat completions")                                                                               \
    ROW(OLLAMA, ollama, FORMAT_SCHEMA | FORMAT_NETWORK, "Ollama's chat")
/* clang-format on */

#define KIND_ID(ID, ...) FORMAT_##ID,
enum format_id { FORMAT_ROWS(KIND_ID) FORMAT_COUNT };
#undef KIND_ID

struct format_kind {
    enum format_id id;
    const char *name;
    unsigned flags; /* enum format_flags */
    const char *doc;
};

extern const struct format_kind FORMAT_KINDS[FORMAT_COUNT];
extern const char *const FORMAT_NAMES[];
const struct format_kind *format_kind_find(const char *name);

#endif
