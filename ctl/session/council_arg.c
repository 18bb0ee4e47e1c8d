#include "council_arg.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/utf8.h"
#include "common/xalloc.h"

enum { COUNCIL_MAX = 64 * 1024 * 1024, QUESTION_MAX = 1024 * 1024 };

static int parse(const char *from, const char *text, size_t len, json_t **ret, struct error *err)
{
    json_error_t fault;
    *ret = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
    if (*ret)
        return 0;
    return error_set(err, EINVAL, "%s, line %d, column %d: %s", from, fault.line, fault.column,
                     fault.text);
}

static bool is_path(const char *text)
{
    size_t len = strlen(text);
    return strchr(text, '/') || (len > 5 && !strcmp(text + len - 5, ".json"));
}

int council_arg(const char *text, json_t **ret, struct error *err)
{
    const char *first = text;
    while (isspace((unsigned char)*first))
        first++;
    if (*first == '{')
        return parse("the council's JSON", text, strlen(text), ret, err);
    if (is_path(text)) {
        _cleanup_free_ char *content = NULL;
        size_t len;
        int r = file_read(AT_FDCWD, text, COUNCIL_MAX, &content, &len, err);
        return r < 0 ? r : parse(text, content, len, ret, err);
    }
    *ret = json_string(text);
    return *ret ? 0 : error_set(err, EINVAL, "the council's name is not UTF-8");
}

/* Standard input to its end, whatever it is. */
static int read_stdin(struct buf *to, struct error *err)
{
    if (isatty(STDIN_FILENO))
        fputs("The question (Ctrl-D on a line of its own ends it):\n", stderr);
    for (;;) {
        char *at = buf_reserve(to, 4096);
        if (!at)
            return error_set(err, EMSGSIZE, "the question is longer than 1 MiB");
        ssize_t n = read(STDIN_FILENO, at, 4096);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, errno, "standard input");
        if (n == 0)
            return 0;
        buf_commit(to, (size_t)n);
    }
}

static int check(const char *text, size_t len, json_t **ret, struct error *err)
{
    if (len == 0)
        return error_set(err, EINVAL, "the question is empty");
    if (len > QUESTION_MAX)
        return error_set(err, EMSGSIZE, "the question is longer than 1 MiB");
    if (!utf8_valid(text, len))
        return error_set(err, EINVAL, "the question is not UTF-8");
    *ret = xcheck(json_stringn(text, len));
    return 0;
}

int question_arg(const char *text, json_t **ret, struct error *err)
{
    if (text && strcmp(text, "-") != 0)
        return check(text, strlen(text), ret, err);
    struct buf all = BUF_INIT(QUESTION_MAX + 8192);
    int r = read_stdin(&all, err);
    while (r == 0 && all.len && (all.at[all.len - 1] == '\n' || all.at[all.len - 1] == '\r'))
        buf_truncate(&all, all.len - 1);
    if (r == 0)
        r = check(all.at, all.len, ret, err);
    buf_release(&all);
    return r;
}
