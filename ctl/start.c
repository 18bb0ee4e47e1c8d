#include "start.h"

#include <unistd.h>

#include "common/fd.h"
#include "fault.h"
#include "out.h"
#include "request.h"
#include "text.h"

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

int start_detached(const struct ctl *ctl)
{
    json_t *params, *reply = NULL;
    int status = request_params(ctl, &params);
    if (status == 0)
        status = ctl_once(ctl, "run.start", params, &reply);
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
