#include "finding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/parse.h"
#include "common/xalloc.h"

enum { DATE_LEN = 10, AGO_MAX = 1000000 };

static const char UNITS[] = "smhdw";
static const int64_t UNIT_MS[] = {1000, 60000, 3600000, 86400000, 604800000};

bool finding_is_asked(const struct ctl *ctl)
{
    return args_has(&ctl->args, "grep") || args_has(&ctl->args, "label") ||
           args_has(&ctl->args, "since");
}

/* How long ago, in ms; -1: it is no such word. */
static int64_t ago_ms(const char *word)
{
    char number[CLOCK_RFC3339_SIZE];
    int64_t count;
    const size_t len = strlen(word);
    const char *unit = len > 1 ? strchr(UNITS, word[len - 1]) : NULL;
    if (!unit || len >= sizeof number)
        return -1;
    memcpy(number, word, len - 1);
    number[len - 1] = '\0';
    return parse_int(number, 0, AGO_MAX, &count) < 0 ? -1 : count * UNIT_MS[unit - UNITS];
}

int finding_time(const char *word, int64_t now_ms, char *ret)
{
    const int64_t ago = ago_ms(word);
    const size_t len = strlen(word);
    if (ago >= 0)
        clock_rfc3339(ago < now_ms ? now_ms - ago : 0, ret);
    else if (len >= CLOCK_RFC3339_SIZE)
        return -EINVAL;
    else
        snprintf(ret, CLOCK_RFC3339_SIZE, "%s%s", word, len == DATE_LEN ? "T00:00:00Z" : "");
    return 0;
}

static int add_label(const struct ctl *ctl, json_t *labels, const char *pair)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return ctl_usage(ctl, "--label: NAME=VALUE is needed, not %s", pair);
    _cleanup_free_ char *name = xstrndup(pair, (size_t)(equals - pair));
    if (json_object_set_new(labels, name, json_string(equals + 1)) < 0)
        return ctl_usage(ctl, "--label: not UTF-8");
    return 0;
}

static int add_labels(const struct ctl *ctl, json_t *params)
{
    json_t *labels = j_object();
    int status = 0;
    size_t at = 0;
    for (const char *pair; status == 0 && (pair = args_next(&ctl->args, "label", &at));)
        status = add_label(ctl, labels, pair);
    if (json_object_size(labels))
        j_ref(params, "label", labels);
    json_decref(labels);
    return status;
}

static int add_since(const struct ctl *ctl, json_t *params)
{
    char stamp[CLOCK_RFC3339_SIZE];
    const char *word = args_value(&ctl->args, "since");
    if (!word)
        return 0;
    if (finding_time(word, clock_wall_ms(), stamp) < 0)
        return ctl_usage(ctl, "--since: %s is no time", word);
    j_set(params, "since", j_string(stamp));
    return 0;
}

int finding_params(const struct ctl *ctl, json_t *params)
{
    const char *text = args_value(&ctl->args, "grep");
    if (text)
        j_set(params, "text", j_string(text));
    const int status = add_labels(ctl, params);
    return status ? status : add_since(ctl, params);
}
