#include "start_request.h"

#include <unistd.h>

#include "common/jx.h"
#include "ctl/terminal/out.h"
#include "ctl/terminal/screen.h"
#include "follow.h"
#include "start_warnings.h"
#include "story/safe_text.h"

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
    j_set(params, "monitor", json_true());
    j_set(params, "subscribe", j_pack("{s:b}", "deltas", deltas));
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
        out_json(reply, true);
    } else {
        struct buf *out = out_begin();
        text_add_json(out, json_object_get(reply, "run_id"));
        text_add(out, "\n");
        out_end(out);
        start_warnings_tell(json_object_get(reply, "warnings"));
    }
    json_decref(reply);
    return EXIT_COMPLETE;
}
