/* A range that is one bit too wide lets out what it should hold back, one that is too narrow holds
 * back what nobody has forbidden. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include "common/address_range.h"
#include "common/cleanup.h"

static int match(const char *text, const char *address)
{
    struct address_range range;
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    assert_int_equal(address_range_parse(text, &range), 0);
    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return address_range_match(&range, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, address, &v6.sin6_addr), 1);
    return address_range_match(&range, (struct sockaddr *)&v6);
}

/* An address of the old kind is one of the new kind with 96 bits before it. */
static const struct {
    const char *range, *address;
    int bits; /* -1: not in it */
} MATCHES[] = {
    {"10.1.2.3", "10.1.2.3", 128},
    {"10.1.2.3", "10.1.2.2", -1},
    {"10.1.2.3/32", "10.1.2.3", 128},
    {"10.1.2.2/31", "10.1.2.3", 127},
    {"10.1.2.2/31", "10.1.2.4", -1},
    {"10.1.2.2/31", "10.1.2.1", -1},
    {"10.1.2.128/25", "10.1.2.255", 121},
    {"10.1.2.128/25", "10.1.2.127", -1},
    {"10.1.2.128/25", "10.1.3.128", -1},
    {"10.1.2.3/24", "10.1.2.255", 120}, /* what stands behind the bits is nothing */
    {"10.1.2.3/8", "10.255.255.255", 104},
    {"10.1.2.3/8", "11.1.2.3", -1},
    {"128.0.0.0/1", "255.0.0.1", 97},
    {"128.0.0.0/1", "127.255.255.255", -1},
    {"1.2.3.4/0", "255.255.255.255", 96},
    {"1.2.3.4/0", "::1", -1},
    {"1.2.3.4/0", "::fffe:1.2.3.4", -1},
    {"::ffff:10.0.0.0/104", "10.9.9.9", 104},
    {"10.0.0.0/8", "::ffff:10.9.9.9", 104},
    {"10.0.0.0/8", "64:ff9b::10.9.9.9", 104},
    {"10.0.0.0/8", "64:ff9b:0:1::10.9.9.9", -1},
    {"64:ff9b::/96", "64:ff9b::10.9.9.9", -1}, /* it is the one that it leads to */
    {"2001:db8::1", "2001:db8::1", 128},
    {"2001:db8::1/128", "2001:db8::2", -1},
    {"2001:db8::/33", "2001:db8:7fff::1", 33},
    {"2001:db8::/33", "2001:db8:8000::1", -1},
    {"::/0", "2001:db8::1", 0},
    {"::/0", "1.2.3.4", 0},
};

static void how_much_of_an_address_fits(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(MATCHES); i++)
        if (match(MATCHES[i].range, MATCHES[i].address) != MATCHES[i].bits)
            fail_msg("%s in %s: %d", MATCHES[i].address, MATCHES[i].range,
                     match(MATCHES[i].range, MATCHES[i].address));
}

/* A socket of this machine has no such address, whatever bytes stand there. */
static void another_kind_of_address_is_in_none(void **state)
{
    (void)state;
    struct address_range all;
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    struct sockaddr_un local = {.sun_family = AF_UNIX};
    assert_int_equal(address_range_parse("::/0", &all), 0);
    assert_int_equal(address_range_match(&all, (struct sockaddr *)&v6), 0);
    assert_int_equal(address_range_match(&all, (struct sockaddr *)&local), -1);
    v6.sin6_family = AF_UNSPEC;
    assert_int_equal(address_range_match(&all, (struct sockaddr *)&v6), -1);
}

static void what_has_no_room_for_an_address_is_none(void **state)
{
    (void)state;
    static const char LONGEST[] = "0000:0000:0000:0000:0000:ffff:255.255.255.255";
    char text[INET6_ADDRSTRLEN + 8];
    struct address_range range;
    assert_int_equal(strlen(LONGEST), INET6_ADDRSTRLEN - 1);
    assert_int_equal(address_range_parse(LONGEST, &range), 0);
    assert_int_equal(range.bits, 128);
    for (size_t len = INET6_ADDRSTRLEN; len < sizeof text; len++) {
        memset(text, '0', sizeof text);
        text[len] = '\0';
        assert_int_equal(address_range_parse(text, &range), -EINVAL);
        text[len - 1] = '/';
        assert_int_equal(address_range_parse(text, &range), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_much_of_an_address_fits),
        cmocka_unit_test(another_kind_of_address_is_in_none),
        cmocka_unit_test(what_has_no_room_for_an_address_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
