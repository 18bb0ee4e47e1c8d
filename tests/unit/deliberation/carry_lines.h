/* Journals written as lines, for the tests of what a chain of them holds. */
#ifndef TESTS_UNIT_CARRY_LINES_H
#define TESTS_UNIT_CARRY_LINES_H

#include "runner/deliberation/carry.h"

#include "drive.h"

static void take(struct carry *c, const char *run_id, const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *line = parse_json(lines[i]);
        carry_line(c, line, run_id);
        json_decref(line);
    }
}

#define TAKE(c, run_id, ...)                                                                       \
    take(c, run_id, (const char *const[]){__VA_ARGS__},                                            \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define STARTED(id, key, more)                                                                     \
    "{\"type\":\"member_started\",\"call_id\":\"" id "\",\"call_key\":\"" key "\"" more "}"
#define RESERVED(tokens, output)                                                                   \
    ",\"reserved\":{\"tokens\":" #tokens ",\"cost\":" #tokens ",\"output_tokens\":" #output        \
    ",\"output_cost\":" #output "}"
#define ANSWER(id, attempt, text, more)                                                            \
    "{\"type\":\"exchange_completed\",\"call_id\":\"" id "\",\"attempt\":" #attempt                \
    ",\"content\":\"" text "\"" more "}"
#define CHARGED(tokens) ",\"charged\":{\"tokens\":" #tokens ",\"cost\":0.5}"
#define USED(output)    ",\"usage\":{\"output_tokens\":" #output "}"

#endif
