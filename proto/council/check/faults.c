#include "faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

enum {
    PATH_BYTES_MAX = 8 << 20, /* what all paths of one list may take */
};

static int grow(struct faults *list)
{
    if (list->count < list->size)
        return 0;
    size_t size = list->size ? list->size * 2 : 8;
    struct fault *at = reallocarray(list->at, size, sizeof(*at));
    if (!at)
        return -ENOMEM;
    list->at = at;
    list->size = size;
    return 0;
}

bool faults_pass(struct faults *list)
{
    if (list->count < FAULTS_KEPT && list->bytes <= PATH_BYTES_MAX)
        return false;
    list->cut = true;
    list->found++;
    return true;
}

int faults_vadd(struct faults *list, const char *path, const char *code, const char *format,
                va_list args)
{
    if (faults_pass(list))
        return 0;
    _cleanup_free_ char *copy = strdup(path);
    _cleanup_free_ char *message = NULL;
    if (!copy || vasprintf(&message, format, args) < 0) {
        message = NULL;
        return -ENOMEM;
    }
    if (grow(list) < 0)
        return -ENOMEM;
    list->bytes += strlen(path);
    list->found++;
    list->at[list->count++] =
        (struct fault){.path = TAKE_PTR(copy), .code = code, .message = TAKE_PTR(message)};
    return 0;
}

int faults_add(struct faults *list, const char *path, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int r = faults_vadd(list, path, code, format, args);
    va_end(args);
    return r;
}

/* Compares the tokens at *a and *b (up to the next slash) and moves both behind them. */
static int compare_token(const char **a, const char **b)
{
    size_t m = strcspn(*a, "/"), n = strcspn(*b, "/");
    bool digits_a = m > 0 && strspn(*a, "0123456789") == m;
    bool digits_b = n > 0 && strspn(*b, "0123456789") == n;
    const char *x = *a, *y = *b;
    *a += m;
    *b += n;
    if (digits_a != digits_b) /* or 2, 10 and 10a would each come before the next, in a ring */
        return digits_a ? -1 : 1;
    if (digits_a && m != n)
        return m < n ? -1 : 1;
    int c = memcmp(x, y, m < n ? m : n);
    return c ? c : (m > n) - (m < n);
}

static int compare_path(const char *a, const char *b)
{
    while (*a && *b) {
        a++;
        b++;
        int c = compare_token(&a, &b);
        if (c)
            return c;
    }
    return (*a != 0) - (*b != 0);
}

static int compare(const void *pa, const void *pb)
{
    const struct fault *a = pa, *b = pb;
    int c = compare_path(a->path, b->path);
    if (!c)
        c = strcmp(a->code, b->code);
    return c ? c : strcmp(a->message, b->message);
}

static void drop(struct fault *f)
{
    free(f->path);
    free(f->message);
}

static void drop_repetitions(struct faults *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (kept > 0 && compare(&list->at[kept - 1], &list->at[i]) == 0)
            drop(&list->at[i]);
        else
            list->at[kept++] = list->at[i];
    }
    list->count = kept;
}

int faults_sort(struct faults *list)
{
    if (list->count > 1)
        qsort(list->at, list->count, sizeof(*list->at), compare);
    drop_repetitions(list);
    if (list->count <= FAULTS_SHOWN && !list->cut)
        return 0;
    while (list->count > FAULTS_SHOWN)
        drop(&list->at[--list->count]);
    list->cut = false;
    list->bytes = 0;
    return faults_add(list, "", "too_many_errors",
                      "There are more faults than the %d shown. Mend these first.", FAULTS_SHOWN);
}

json_t *faults_json(const struct faults *list)
{
    json_t *array = json_array();
    for (size_t i = 0; array && i < list->count; i++) {
        const struct fault *f = &list->at[i];
        json_t *entry =
            json_pack("{s:s, s:s, s:s}", "path", f->path, "code", f->code, "message", f->message);
        if (json_array_append_new(array, entry) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

void faults_release(struct faults *list)
{
    for (size_t i = 0; i < list->count; i++)
        drop(&list->at[i]);
    free(list->at);
    *list = (struct faults){0};
}
