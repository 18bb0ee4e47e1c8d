#include "words.h"

#include <stddef.h>
#include <string.h>

#define WORD_NAME(SET, WORD, word) #word,
#define WORD_SET(SET, set)         const char *const SET##_NAMES[] = {SET##_WORDS(WORD_NAME) NULL};
WORD_SETS(WORD_SET)

int word_index(const char *const *set, const char *word)
{
    for (int i = 0; word && set[i]; i++)
        if (strcmp(set[i], word) == 0)
            return i;
    return -1;
}
