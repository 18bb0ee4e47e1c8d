#include "json_number.h"

#include <math.h>

bool json_number_int(const char *at, size_t len, int64_t *ret)
{
    bool negative = at[0] == '-';
    int64_t value = 0;

    for (size_t i = negative; i < len; i++) {
        int digit = at[i] - '0';
        /* Summed up on the negative side, which reaches one further. */
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, value, &value))
        return false;
    if (ret)
        *ret = value;
    return true;
}

enum {
    DIGITS_MAX = 320,    /* 309 decide; of the rest it matters only whether one is not zero */
    POWER_OVERFLOW = 309 /* the largest double is 0.179...e309 */
};

/* Where exponents are cut off: far beyond what the digits of a text could make up for. */
static const long POWER_LIMIT = 1L << 40;

/* The significant digits of a number, and `power` so that it is 0.DIGITS * 10^power. */
struct digits {
    char at[DIGITS_MAX + 1];
    size_t n;
    long power;
};

static void add_digit(struct digits *digits, char c, bool fraction)
{
    if (digits->n == 0 && c == '0') {
        digits->power -= fraction;
        return;
    }
    digits->power += !fraction;
    if (digits->n < DIGITS_MAX)
        digits->at[digits->n++] = c;
    else if (c != '0')
        digits->at[DIGITS_MAX] = '1'; /* stands for all that was cut off */
}

static long read_exponent(const char *at, const char *end)
{
    bool negative = at < end && *at == '-';
    long power = 0;

    for (at += negative || (at < end && *at == '+'); at < end; at++)
        if (power < POWER_LIMIT)
            power = power * 10 + (*at - '0');
    return negative ? -power : power;
}

static void read_digits(const char *at, const char *end, struct digits *digits)
{
    bool fraction = false;

    digits->at[DIGITS_MAX] = '0';
    for (; at < end; at++) {
        if (*at == 'e' || *at == 'E') {
            digits->power += read_exponent(at + 1, end);
            return;
        }
        if (*at == '.')
            fraction = true;
        else if (*at != '-')
            add_digit(digits, *at, fraction);
    }
}

/* Close to the limit strtod decides, as it does for jansson. It gets no point, which would depend
 * on the locale, but an integer of a known number of digits. */
static bool strtod_fits(const struct digits *digits)
{
    char text[DIGITS_MAX + 32];
    size_t n = digits->n;
    long power = digits->power - (long)n;

    memcpy(text, digits->at, n);
    if (n == DIGITS_MAX) {
        text[n++] = digits->at[DIGITS_MAX];
        power--;
    }
    snprintf(text + n, sizeof(text) - n, "e%ld", power);
    return isfinite(strtod(text, NULL));
}

bool json_number_real_fits(const char *at, size_t len)
{
    struct digits digits = {.n = 0};

    read_digits(at, at + len, &digits);
    if (digits.n == 0 || digits.power < POWER_OVERFLOW)
        return true;
    return digits.power == POWER_OVERFLOW && strtod_fits(&digits);
}
