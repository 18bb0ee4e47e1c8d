#include "utf8.h"

size_t utf8_sequence(const char *s, size_t len, uint32_t *ret_code)
{
    static const uint32_t LEAST[] = {0, 0, 0x80, 0x800, 0x10000};
    if (len == 0)
        return 0;
    unsigned char first = (unsigned char)s[0];
    size_t need = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : 2;
    if ((first >= 0x80 && first < 0xc2) || first >= 0xf8 || need > len)
        return 0;
    uint32_t code = need == 1 ? first : first & (0xffu >> (need + 1));
    for (size_t i = 1; i < need; i++) {
        if (((unsigned char)s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | ((unsigned char)s[i] & 0x3fu);
    }
    if (code < LEAST[need] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
        return 0;
    if (ret_code)
        *ret_code = code;
    return need;
}

bool utf8_valid(const char *s, size_t len)
{
    while (len > 0) {
        size_t n = (unsigned char)*s < 0x80 ? 1 : utf8_sequence(s, len, NULL);
        if (n == 0)
            return false;
        s += n;
        len -= n;
    }
    return true;
}

size_t utf8_encode(uint32_t code, char ret[4])
{
    if (code < 0x80) {
        ret[0] = (char)code;
        return 1;
    }
    size_t len = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, code >>= 6)
        ret[i] = (char)(0x80 | (code & 0x3f));
    ret[0] = (char)(0xf00u >> len | code);
    return len;
}

int utf8_sanitize(struct buf *to, const char *s, size_t len)
{
    while (len > 0) {
        size_t good = 0;
        for (size_t n; good < len && (n = utf8_sequence(s + good, len - good, NULL)) > 0;)
            good += n;
        int r = buf_add(to, s, good);
        if (r == 0 && good < len)
            r = buf_add(to, "\xef\xbf\xbd", 3);
        if (r < 0)
            return r;
        if (good < len)
            good++;
        s += good;
        len -= good;
    }
    return 0;
}

size_t utf8_cut(const char *s, size_t len)
{
    size_t back = 0;
    while (back < 3 && back < len && ((unsigned char)s[len - 1 - back] & 0xc0) == 0x80)
        back++;
    if (back == len)
        return len;
    size_t start = len - 1 - back;
    return utf8_sequence(s + start, len - start, NULL) == len - start ? len : start;
}
