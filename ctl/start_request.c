#include "start_request.h"

#include <unistd.h>

#include "common/fd.h"
#include "common/xalloc.h"
#include "fault.h"
#include "follow.h"
#include "out.h"
#include "screen.h"
#include "story/safe_text.h"

void start_warnings(const json_t *warnings)
{
    if (json_array_size(warnings) == 0)
        return;
    struct buf text = BUF_INIT(16 * 1024 * 1024);
    text_add(&text, "warnings about the council:\n");
    fault_list(&text, warnings);
    fd_write_all(STDERR_FILENO, text.at, text.len);
    buf_release(&text);
}

int start_followed(const struct ctl *ctl, json_t *params)
{
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status) {
        json_decref(params);
        return status;
    }
    bool stream = args_has(&ctl->args, "stream");
    bool deltas = stream || (!ctl->json && screen_can_draw(STDOUT_FILENO));
    json_object_set_new(params, "monitor", json_true());
    json_object_set_new(params, "subscribe", xcheck(json_pack("{s:b}", "deltas", deltas)));
    struct follow_options options = {
        .method = "run.start",
        .params = params,
        .stream = stream,
        .quiet = args_has(&ctl->args, "quiet"),
        .owner = true,
    };
    status = follow(ctl, c, &options);
    client_free(c);
    return status;
}

int start_detached(const struct ctl *ctl, json_t *params)
{
    json_t *reply = NULL;
    int status = ctl_once(ctl, "run.start", params, &reply);
    if (status)
        return status;
    if (ctl->json) {
        ctl_print_json(reply, true);
    } else {
        struct buf *out = out_begin();
        text_add_json(out, json_object_get(reply, "run_id"));
        text_add(out, "\n");
        out_end(out);
        start_warnings(json_object_get(reply, "warnings"));
    }
    json_decref(reply);
    return EXIT_COMPLETE;
}
