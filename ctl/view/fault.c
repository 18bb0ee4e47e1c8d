#include "fault.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "ctl/terminal/exit_status.h"
#include "story/safe_text.h"

int fault_exit_status(const char *reason)
{
    static const char *const usage[] = {"invalid_council",  "invalid_option",   "invalid_parameter",
                                        "invalid_request",  "method_not_found", "parse_error",
                                        "request_too_large"};
    for (size_t i = 0; i < ARRAY_LEN(usage); i++)
        if (!strcmp(reason, usage[i]))
            return EXIT_USAGE;
    return !strcmp(reason, "too_many_connections") ? EXIT_NO_CONNECTION : EXIT_FAILED;
}

void fault_add_reason(struct buf *to, const json_t *reason)
{
    const char *kind = j_str(reason, "kind", NULL);
    if (!kind) {
        text_add_json(to, reason);
        return;
    }
    text_escape(to, kind, strlen(kind), TEXT_LINE);
    static const char *const details[] = {"code", "signal", "by", "errno", "message"};
    for (size_t i = 0; i < ARRAY_LEN(details); i++) {
        const json_t *detail = j_get(reason, details[i]);
        if (!detail)
            continue;
        text_add(to, !strcmp(details[i], "by") ? " by " : " ");
        text_add_json(to, detail);
    }
    if (json_is_true(json_object_get(reason, "core")))
        text_add(to, ", core dumped");
}

void fault_list(struct buf *to, const json_t *faults)
{
    size_t i;
    json_t *fault;
    json_array_foreach (faults, i, fault) {
        text_add(to, "  ");
        const json_t *path = json_object_get(fault, "path");
        if (json_string_length(path) > 0)
            text_add_json(to, path);
        else
            text_add(to, "(document)");
        text_add(to, "  ");
        text_add_json(to, json_object_get(fault, "code"));
        text_add(to, "  ");
        text_add_json(to, json_object_get(fault, "message"));
        text_add(to, "\n");
    }
}

/* The members of data that say more about an error. */
static void add_details(struct buf *to, const json_t *data)
{
    static const char *const keys[] = {"field", "run_id", "pid", "max", "limit", "method", "role"};
    const char *between = " (";
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const json_t *detail = j_get(data, keys[i]);
        if (!detail)
            continue;
        text_addf(to, "%s%s ", between, keys[i]);
        text_add_json(to, detail);
        between = ", ";
    }
    if (*between == ',')
        text_add(to, ")");
}

void fault_describe(struct buf *to, const char *method, const json_t *error)
{
    const json_t *data = json_object_get(error, "data");
    text_addf(to, "councilctl: %s: ", method);
    text_add_json(to, json_object_get(data, "reason"));
    text_add(to, ": ");
    text_add_json(to, json_object_get(error, "message"));
    add_details(to, data);
    const json_t *cause = j_get(data, "cause");
    if (cause) {
        text_add(to, ": ");
        fault_add_reason(to, cause);
    }
    if (j_get(data, "why")) {
        text_add(to, ": ");
        text_add_json(to, json_object_get(data, "why"));
    }
    text_add(to, "\n");
    fault_list(to, json_object_get(data, "errors"));
}
