#include "json_file.h"

#include <errno.h>
#include <fcntl.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "proto/json/json_read.h"

int json_file_read(const char *path, size_t max, json_t **ret, struct error *err)
{
    _cleanup_free_ char *text = NULL;
    size_t len;
    json_error_t fault;
    int r = file_read(AT_FDCWD, path, max, &text, &len, err);
    if (r < 0)
        return r;
    r = json_read(text, len, ret, &fault);
    if (r == -ENOMEM)
        return error_errno(err, ENOMEM, "cannot read %s", path);
    return r < 0 ? error_set(err, EINVAL, "%s: line %d: %s", path, fault.line, fault.text) : 0;
}
