/* Whatever a client sends: the request is taken or refused, and what is answered is one line of
 * valid JSON that repeats the id. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"
#include "proto/methods/methods.h"
#include "proto/rpc.h"
#include "proto/rpc_out.h"

enum { ANSWER_MAX = 64 << 20 };

static void check_line(struct buf *line, struct json_span id)
{
    json_t *json, *sent = NULL;

    HOLDS(line->len > 0 && line->at[line->len - 1] == '\n');
    HOLDS(!memchr(line->at, '\n', line->len - 1));
    json = json_loadb(line->at, line->len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    HOLDS(json);
    if (id.at) {
        HOLDS(json_span_load(id, &sent) == 0);
        HOLDS(json_equal(sent, json_object_get(json, "id")));
        json_decref(sent);
    } else {
        HOLDS(json_is_null(json_object_get(json, "id")));
    }
    json_decref(json);
}

static void answer_fault(struct json_span id, const struct rpc_fault *fault)
{
    struct buf line = BUF_INIT(ANSWER_MAX);

    HOLDS(rpc_fault_reply(&line, id, fault) == 0);
    check_line(&line, id);
    buf_release(&line);
}

static void call(const struct rpc_request *request)
{
    int method = method_find(request->method, request->method_len);
    struct buf line = BUF_INIT(ANSWER_MAX);
    struct rpc_fault fault;
    void *params;
    int r;

    HOLDS(rpc_method_not_found(&line, request) == 0);
    check_line(&line, request->id);
    buf_release(&line);
    if (method < 0)
        return;
    params = calloc(1, method_row((enum method)method)->params_size + 1);
    HOLDS(params);
    r = method_unpack((enum method)method, request, params, &fault);
    HOLDS(r == 0 || r == -EBADMSG);
    if (r < 0)
        answer_fault(request->id, &fault);
    method_release((enum method)method, params);
    free(params);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rpc_request request;
    struct rpc_fault fault;
    int r = rpc_parse((const char *)data, size, &request, &fault);

    HOLDS(r == 0 || r == -EBADMSG);
    if (r < 0) {
        answer_fault(fault.id, &fault);
        return 0;
    }
    call(&request);
    rpc_request_release(&request);
    return 0;
}
