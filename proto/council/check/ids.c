#include "ids.h"

#include <string.h>

enum { ID_MAX = 64 };

bool id_valid(const char *text)
{
    static const char ALNUM[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char REST[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t len = strlen(text);
    return len >= 1 && len <= ID_MAX && strspn(text, ALNUM) >= 1 && strspn(text, REST) == len;
}
