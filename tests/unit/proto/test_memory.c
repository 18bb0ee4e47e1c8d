/* A malloc that fails must end in -ENOMEM, with nothing lost and nothing half done: each step is
 * run with its first allocation failing, then its second, and so on until none fails. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/field_schema.h"
#include "proto/json/json_out.h"
#include "proto/json/json_read.h"
#include "proto/link.h"
#include "proto/methods/methods.h"
#include "proto/methods/methods_page.h"
#include "proto/methods/openrpc.h"
#include "proto/reason.h"
#include "proto/rpc_out.h"

/* The linker sends the calls of the program here (--wrap), json_set_alloc_funcs those of jansson.
 */
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_calloc(size_t n, size_t size);

static long countdown = -1; /* allocations until one fails; < 0: none does */
static bool failed;

static size_t asked_for; /* bytes, what was given back included */

static bool fails_now(size_t size)
{
    asked_for += size;
    if (countdown < 0 || countdown-- > 0)
        return false;
    failed = true;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails_now(size) ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails_now(size) ? NULL : __real_realloc(old, size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails_now(n * size) ? NULL : __real_calloc(n, size);
}

enum { EACH_OF = 6000, THEN_EVERY = 29 };

/* Runs the step with each of its first allocations failing, and with some of the later ones; it
 * must report every failure and end well once there is none. */
static void torture(int (*step)(void))
{
    for (long k = 0;; k += k < EACH_OF ? 1 : THEN_EVERY) {
        assert_true(k < 50000);
        failed = false;
        countdown = k;
        int r = step();
        countdown = -1;
        if (!failed) {
            assert_int_equal(r, 0);
            assert_true(k > 0);
            return;
        }
        assert_int_equal(r, -ENOMEM);
    }
}

static const char START[] =
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.start\",\"params\":{\"council\":{\"a\":[1,2,{"
    "\"b\":\"c\"}]},"
    "\"input\":\"x\",\"run_id\":\"r\",\"options\":{\"seed\":\"s\",\"n\":[1,{\"m\":2}]},\"limits\":{"
    "\"processes\":3},"
    "\"registry\":\"g\",\"labels\":{\"k\":\"v\"},\"callers\":[\"a\",\"b\"]}}";

static int step_request(void)
{
    struct rpc_request request;
    struct rpc_fault fault;
    struct run_start_params params = {.monitor = false};
    int r = rpc_parse(START, sizeof(START) - 1, &request, &fault);
    if (r < 0)
        return r;
    r = method_unpack(METHOD_RUN_START, &request, &params, &fault);
    method_release(METHOD_RUN_START, &params);
    rpc_request_release(&request);
    return r;
}

/* Enough names for the scanner to need memory for them. */
static int step_names(void)
{
    static char line[8000];
    struct json_scan scan;
    const struct json_scan_spec spec = {.max_depth = 64};
    size_t n = 0;
    for (int i = 0; i < 500; i++)
        n += (size_t)snprintf(line + n, sizeof(line) - n, "%s\"k%d\":0", i ? "," : "{", i);
    line[n++] = '}';
    int r = json_scan(line, n, &spec, &scan, NULL);
    if (r == 0)
        json_scan_release(&scan);
    return r;
}

static int step_replies(void)
{
    const struct json_span id = {"1", 1};
    const struct rpc_fault fault = {.reason = RPC_INVALID_OPTION, .field = "f", .message = "m"};
    struct buf to = BUF_INIT(1 << 20);
    json_t *data = json_pack("{s:s, s:[i, i]}", "run_id", "r", "list", 1, 2);
    int r = data ? 0 : -ENOMEM;
    for (int i = 0; i < 20 && r == 0; i++) {
        size_t before = to.len;
        r = rpc_error(&to, id, RPC_ALREADY_STARTED, NULL, data);
        assert_true(r == 0 || to.len == before);
        if (r == 0)
            r = rpc_reply(&to, id, data);
        if (r == 0)
            r = rpc_fault_reply(&to, id, &fault);
        if (r == 0)
            r = rpc_notify(&to, "run.gap", data);
    }
    assert_true(to.len == 0 || to.at[to.len - 1] == '\n');
    json_decref(data);
    buf_release(&to);
    return r;
}

static int step_failed(void)
{
    static const char line[] =
        "{\"type\":\"failed\",\"message\":\"m\",\"code\":\"c\",\"data\":{\"a\":[1,\"x\"]}}";
    struct link_up up;
    struct reason reason = {.kind = REASON_FAILED};
    json_t *json = NULL;
    int r = link_parse_up(line, sizeof(line) - 1, &up, NULL);
    if (r < 0)
        return r;
    reason.failed = TAKE_PTR(up.failed);
    link_up_release(&up);
    json = reason_to_json(&reason);
    r = json ? 0 : -ENOMEM;
    json_decref(json);
    reason_release(&reason);
    return r;
}

static int step_spec(void)
{
    struct buf to = BUF_INIT(1 << 20);
    struct link_spec spec = {
        .run_id = "r", .council_id = "c", .council = {"{}", 2}, .input = {"1", 1}};
    json_t *options = json_pack("{s:{s:i}}", "budget", "max_calls", 3);
    struct link_down down;
    spec.options = options;
    int r = options ? link_make_spec(&to, &spec) : -ENOMEM;
    if (r == 0)
        r = link_parse_down(to.at, to.len, &down, NULL);
    if (r == 0)
        link_down_release(&down);
    json_decref(options);
    buf_release(&to);
    return r;
}

static int step_document(void)
{
    json_t *document = openrpc_document("1");
    if (!document)
        return -ENOMEM;
    json_decref(document);
    return 0;
}

static const struct object *object; /* of step_object */

static int step_object(void)
{
    json_t *schema = object_schema(object);
    json_decref(schema);
    return schema ? 0 : -ENOMEM;
}

static int step_page(void)
{
    struct buf to = BUF_INIT(1 << 20);
    int r = methods_page(&to);
    buf_release(&to);
    return r;
}

static void requests(void **state)
{
    (void)state;
    torture(step_request);
}

static void names(void **state)
{
    (void)state;
    torture(step_names);
}

static void replies(void **state)
{
    (void)state;
    torture(step_replies);
}

static void failures_of_runners(void **state)
{
    (void)state;
    torture(step_failed);
}

static void specs(void **state)
{
    (void)state;
    torture(step_spec);
}

static void documents(void **state)
{
    (void)state;
    struct object_set set = {.n = 0};
    torture(step_document);
    methods_objects(&set);
    for (size_t i = 0; i < set.n; i++) {
        object = set.at[i];
        torture(step_object);
    }
    torture(step_page);
}

enum { LINE_BYTES = 4 << 20 };

/* A request line of 4 MiB: `start`, then `again` over and over (%x: a number), then `end`. */
static void fill(struct buf *line, const char *start, const char *again, const char *end)
{
    const char *number = strchr(again, '%');
    size_t head = number ? (size_t)(number - again) : strlen(again);
    unsigned i = 0;
    buf_clear(line);
    assert_int_equal(buf_addf(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":%s", start), 0);
    char *at = buf_reserve(line, LINE_BYTES - line->len), *stop = line->at + LINE_BYTES - 200;
    assert_non_null(at);
    while (at < stop) {
        memcpy(at, again, head);
        at += head;
        if (number)
            at += snprintf(at, 100, "%x%s", i++, number + 2);
    }
    buf_commit(line, (size_t)(at - line->at) - line->len);
    assert_int_equal(buf_add_str(line, end), 0);
}

#define START_WITH(param) "\"run.start\",\"params\":{\"" param "\":"

static int read_written(void)
{
    static const char TEXT[] =
        " {\"a name that is long\": [1, 2.5, \"\\u20ac and more than a few\"],"
        " \"b\": {\"c\": null}}\n";
    json_error_t fault;
    json_t *tree = NULL;
    int r = json_read(TEXT, strlen(TEXT), &tree, &fault);
    assert_int_equal(tree != NULL, r == 0);
    json_decref(tree);
    return r;
}

static void what_people_have_written(void **state)
{
    (void)state;
    torture(read_written);
}

/* What a line of 4 MiB may cost beside itself: less than itself, all allocations summed up. */
static void hostile_lines_cost_little(void **state)
{
    (void)state;
    static const struct {
        const char *start, *again, *end;
    } rows[] = {
        {START_WITH("council") "[0", ",{}", "]}}"},
        {START_WITH("council") "[0", ",[]", "]}}"},
        {START_WITH("council") "{\"x\":0", ",\"%x\":0", "}}}"},
        {START_WITH("input") "{\"x\":0", ",\"%x\":0", "}}}"},
        {START_WITH("input") "[0", ",{\"%x\":0}", "]}}"},
        {START_WITH("input") "\"", "x", "\"}}"},
        {START_WITH("options") "[0", ",{}", "]}}"},
        {START_WITH("options") "{\"x\":0", ",\"%x\":0", "}}}"},
        {START_WITH("run_id") "\"", "\\u0061", "\"}}"},
        {START_WITH("registry") "\"", "x", "\"}}"},
        {START_WITH("labels") "{\"k\":\"", "x", "\"}}}"},
        {START_WITH("nothing") "\"", "x", "\"}}"},
        {"\"", "m", "\"}"},
        {"1,\"", "m", "\":1}"},
        {"1,\"x\":0", ",\"%x\":0", "}"},
        {"[", "[", ""},
    };
    struct buf line = BUF_INIT(LINE_BYTES);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct rpc_request request;
        struct rpc_fault fault;
        struct run_start_params params = {.monitor = false};
        fill(&line, rows[i].start, rows[i].again, rows[i].end);
        asked_for = 0;
        if (rpc_parse(line.at, line.len, &request, &fault) == 0) {
            method_unpack(METHOD_RUN_START, &request, &params, &fault);
            method_release(METHOD_RUN_START, &params);
            rpc_request_release(&request);
        }
        if (asked_for > 3 << 20)
            fail_msg("row %zu: %zu bytes", i, asked_for);
    }
    buf_release(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(names),
        cmocka_unit_test(replies),
        cmocka_unit_test(failures_of_runners),
        cmocka_unit_test(specs),
        cmocka_unit_test(documents),
        cmocka_unit_test(what_people_have_written),
        cmocka_unit_test(hostile_lines_cost_little),
    };
    json_set_alloc_funcs(__wrap_malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
