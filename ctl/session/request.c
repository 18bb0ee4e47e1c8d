#include "request.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/parse.h"
#include "common/xalloc.h"
#include "council_arg.h"

json_t *request_shutdown(const char *text)
{
    int64_t ms;
    if (parse_int(text, INT64_MIN, INT64_MAX, &ms) == 0)
        return xcheck(json_integer(ms));
    json_t *word = json_string(text);
    return word ? word : xcheck(json_string(""));
}

static int parse_object(const char *option, const char *text, json_t **ret, struct error *err)
{
    json_error_t fault;
    *ret = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    if (!*ret)
        return error_set(err, EINVAL, "--%s: %s", option, fault.text);
    if (json_is_object(*ret))
        return 0;
    json_decref(*ret);
    return error_set(err, EINVAL, "--%s has to be a JSON object", option);
}

/* The member, an object that is made where there is none. */
static json_t *object_in(json_t *object, const char *name)
{
    json_t *inner = json_object_get(object, name);
    if (!json_is_object(inner))
        j_set(object, name, inner = j_object());
    return inner;
}

/* The object at a dotted path, made where it is missing; *key becomes the last name of the path. */
static json_t *descend(json_t *object, char *path, const char **key)
{
    char *dot;
    while ((dot = strchr(path, '.'))) {
        *dot = '\0';
        object = object_in(object, path);
        path = dot + 1;
    }
    *key = path;
    return object;
}

/* A value on the command line: JSON if it is JSON, else the text. */
static json_t *parse_value(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
    return value ? value : json_string(text);
}

static int set_pair(json_t *object, const char *option, const char *pair, bool plain,
                    struct error *err)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return error_set(err, EINVAL, "--%s: KEY=VALUE is needed, not %s", option, pair);
    _cleanup_free_ char *path = xstrndup(pair, (size_t)(equals - pair));
    const char *key = path;
    if (!plain)
        object = descend(object, path, &key);
    json_t *value = plain ? json_string(equals + 1) : parse_value(equals + 1);
    if (!value || json_object_set_new(object, key, value) < 0)
        return error_set(err, EINVAL, "--%s: not UTF-8", option);
    return 0;
}

static int add_options(const struct args *args, json_t *params, struct error *err)
{
    json_t *options = object_in(params, "options");
    size_t at = 0;
    for (const char *text; (text = args_next(args, "option", &at));) {
        json_t *more;
        int r = parse_object("option", text, &more, err);
        if (r < 0)
            return r;
        json_object_update(options, more);
        json_decref(more);
    }
    at = 0;
    for (const char *pair; (pair = args_next(args, "set", &at));) {
        int r = set_pair(options, "set", pair, false, err);
        if (r < 0)
            return r;
    }
    const char *seed = args_value(args, "seed");
    if (seed && json_object_set_new(options, "seed", json_string(seed)) < 0)
        return error_set(err, EINVAL, "--seed: not UTF-8");
    if (json_object_size(options) == 0)
        json_object_del(params, "options");
    return 0;
}

static int add_labels(const struct args *args, json_t *params, struct error *err)
{
    size_t at = 0;
    for (const char *pair; (pair = args_next(args, "label", &at));) {
        int r = set_pair(object_in(params, "labels"), "label", pair, true, err);
        if (r < 0)
            return r;
    }
    return 0;
}

static int add_string(const struct args *args, const char *option, const char *member,
                      json_t *params, struct error *err)
{
    const char *value = args_value(args, option);
    if (value && json_object_set_new(params, member, json_string(value)) < 0)
        return error_set(err, EINVAL, "--%s: not UTF-8", option);
    return 0;
}

/* The question comes last: it may have to be typed. */
static int add_input(const struct args *args, json_t *params, struct error *err)
{
    const char *json = args_value(args, "input");
    const char *question = args->n_operands > 1 ? args->operands[1] : NULL;
    json_t *input = NULL;
    int r = 0;
    if (json && question)
        return error_set(err, EINVAL, "a question and --input exclude each other");
    if (json) {
        json_error_t fault;
        input = json_loads(json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &fault);
        if (!input)
            return error_set(err, EINVAL, "--input: %s", fault.text);
    } else {
        r = question_arg(question, &input, err);
    }
    if (r == 0)
        j_set(params, "input", input);
    return r;
}

/* What `run` and `resume` have in common. */
static int fill_options(const struct args *args, json_t *params, struct error *err)
{
    json_t *limits;
    int r;
    const char *text = args_value(args, "limits");
    if (text && (r = parse_object("limits", text, &limits, err)) < 0)
        return r;
    if (text)
        j_set(params, "limits", limits);
    const char *shutdown = args_value(args, "shutdown");
    if (shutdown)
        j_set(params, "shutdown", request_shutdown(shutdown));
    if ((r = add_options(args, params, err)) < 0 || (r = add_labels(args, params, err)) < 0 ||
        (r = add_string(args, "run-id", "run_id", params, err)) < 0 ||
        (r = add_string(args, "key", "key", params, err)) < 0 ||
        (r = add_string(args, "registry", "registry", params, err)) < 0)
        return r;
    return 0;
}

static int fill(const struct args *args, json_t *params, struct error *err)
{
    json_t *council;
    int r = council_arg(args->operands[0], &council, err);
    if (r < 0)
        return r;
    j_set(params, "council", council);
    r = fill_options(args, params, err);
    return r < 0 ? r : add_input(args, params, err);
}

/* The seed comes from the journal unless one is given now. */
static json_t *old_options(const json_t *options)
{
    static const char *const GONE[] = {"seed", "resume_from", "resume_policy"};
    json_t *copy = options ? json_deep_copy(options) : json_object();
    for (size_t i = 0; i < ARRAY_LEN(GONE); i++)
        json_object_del(xcheck(copy), GONE[i]);
    return copy;
}

static int fill_resume(const struct args *args, json_t *params, struct error *err)
{
    int r = fill_options(args, params, err);
    if (r < 0)
        return r;
    json_t *options = object_in(params, "options"), *from = json_string(args->operands[0]);
    if (!from || json_object_set_new(options, "resume_from", from) < 0)
        return error_set(err, EINVAL, "the run_id is not UTF-8");
    if (args_has(args, "matching"))
        j_set(options, "resume_policy", j_string("matching"));
    return args_value(args, "input") ? add_input(args, params, err) : 0;
}

int request_resume_params(const struct ctl *ctl, const json_t *options, json_t **ret)
{
    struct error err = {0};
    json_t *params = xcheck(json_pack("{s:o}", "options", old_options(options)));
    if (fill_resume(&ctl->args, params, &err) < 0) {
        json_decref(params);
        return ctl_usage(ctl, "%s", err.text);
    }
    *ret = params;
    return 0;
}

int request_params(const struct ctl *ctl, json_t **ret)
{
    struct error err = {0};
    json_t *params = xcheck(json_object());
    if (fill(&ctl->args, params, &err) < 0) {
        json_decref(params);
        return ctl_usage(ctl, "%s", err.text);
    }
    *ret = params;
    return 0;
}
