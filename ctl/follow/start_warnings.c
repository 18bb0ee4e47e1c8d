#include "start_warnings.h"

#include <unistd.h>

#include "common/fd.h"
#include "ctl/view/fault.h"
#include "story/safe_text.h"

void start_warnings_tell(const json_t *warnings)
{
    if (json_array_size(warnings) == 0)
        return;
    struct buf text = BUF_INIT(16 * 1024 * 1024);
    text_add(&text, "warnings about the council:\n");
    fault_list(&text, warnings);
    fd_write_all(STDERR_FILENO, text.at, text.len);
    buf_release(&text);
}
