#include "sandbox_words.h"

#include <stdlib.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "story/safe_text.h"

static const char *const NAMES[] = {"files", "network", "scopes", "syscalls", "undumpable"};

static char *words(const json_t *sandbox, bool in_force, const char *between)
{
    struct buf text = BUF_INIT(1024);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (json_is_true(json_object_get(sandbox, NAMES[i])) == in_force)
            text_addf(&text, "%s%s", text.len ? between : "", NAMES[i]);
    return xcheck(buf_take(&text));
}

char *sandbox_words(const json_t *sandbox)
{
    if (!json_is_object(sandbox))
        return xstrdup("-");
    char *text = words(sandbox, true, ",");
    if (*text)
        return text;
    free(text);
    return xstrdup("off");
}

void sandbox_line(struct buf *out, const json_t *sandbox)
{
    _cleanup_free_ char *has = words(sandbox, true, ", "), *lacks = words(sandbox, false, ", ");
    if (!json_is_object(sandbox))
        return;
    text_add(out, "\nSandbox of runs (");
    text_add_json(out, json_object_get(sandbox, "mode"));
    text_addf(out, "): %s%s%s.\n", *has ? has : "nothing", *lacks ? "; not in force: " : "", lacks);
    if (*has)
        text_addf(out, "Tools of runs are held %s namespaces of their own.\n",
                  json_is_true(json_object_get(sandbox, "namespaces")) ? "in" : "without");
    if (j_str(sandbox, "error", NULL)) {
        text_add(out, "  -> ");
        text_add_json(out, json_object_get(sandbox, "error"));
        text_add(out, "\n");
    }
}
