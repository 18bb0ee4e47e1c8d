#include "fields_tree.h"

#include <errno.h>
#include <stdio.h>

#include "common/buf.h"
#include "common/error.h"
#include "fields.h"
#include "proto/json/json_out.h"
#include "proto/json/json_scan.h"

enum { TEXT_MAX = 64 << 20 };

static const struct json_scan_spec OBJECT = {.max_depth = JSON_DEPTH_MAX};

static int refuse(struct field_fault *fault, const char *why)
{
    *fault = (struct field_fault){.kind = FIELD_FAULT_WRONG};
    snprintf(fault->message, sizeof(fault->message), "%s", why);
    return -EBADMSG;
}

int fields_update_tree(const struct field *table, const json_t *object, void *out,
                       struct field_fault *fault)
{
    struct buf text = BUF_INIT(TEXT_MAX);
    struct json_scan scan;
    struct error err = {.number = 0};
    int r = json_out(&text, object);

    if (r == -EMSGSIZE)
        r = refuse(fault, "too large");
    if (r == 0) {
        r = json_scan(text.at, text.len, &OBJECT, &scan, &err);
        if (r == -EBADMSG)
            r = refuse(fault, err.text);
        if (r == 0) {
            r = fields_update(table, &scan.outer, out, fault);
            json_scan_release(&scan);
        }
    }
    buf_release(&text);
    return r;
}
