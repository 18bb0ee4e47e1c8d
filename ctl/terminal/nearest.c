#include "nearest.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_MAX_LEN = 40, BEGUN_LEN = 3 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to be added, left out, changed, or swapped with their neighbour. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t rows[3][NAME_MAX_LEN + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            bool equal = a[i - 1] == b[j - 1];
            row[j] = least(above[j - 1] + !equal, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

void nearest_try(struct nearest *n, const char *name)
{
    size_t word = n->len ? n->len : strlen(n->word), len = strlen(name);
    if (word > NAME_MAX_LEN || len > NAME_MAX_LEN)
        return;
    bool begun = word >= BEGUN_LEN && word < len && !memcmp(n->word, name, word);
    size_t far = begun ? 1 : distance(n->word, word, name, len);
    if (3 * far <= len && (!n->name || far < n->distance)) {
        n->name = name;
        n->distance = far;
    }
}
