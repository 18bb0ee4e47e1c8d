/* The name of a provider that leads to the metadata service of a cloud would hand out the machine's
 * own credentials. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/address_range.h"
#include "heap_kept.h"
#include "runner/net/egress.h"

static bool permits(const struct egress *e, const char *text)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1)
        return egress_permits(e, (struct sockaddr *)&v4);
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    return egress_permits(e, (struct sockaddr *)&v6);
}

static struct egress *rules(const char *const *allow, const char *const *deny)
{
    struct egress *e = egress_new();
    for (; *allow; allow++)
        assert_int_equal(egress_add(e, true, *allow), 0);
    for (; *deny; deny++)
        assert_int_equal(egress_add(e, false, *deny), 0);
    return e;
}

static void the_narrowest_decides(void **state)
{
    (void)state;
    static const struct {
        const char *allow[4], *deny[4], *address;
        bool permitted;
    } ROWS[] = {
        {{NULL}, {NULL}, "169.254.169.254", true},
        {{NULL}, {"169.254.0.0/16"}, "169.254.169.254", false},
        {{NULL}, {"169.254.0.0/16"}, "::ffff:169.254.169.254", false},
        {{NULL}, {"169.254.0.0/16"}, "64:ff9b::169.254.169.254", false},
        {{NULL}, {"169.254.0.0/16"}, "64:ff9b::1:a9fe:a9fe", true}, /* another network's */
        {{NULL}, {"169.254.0.0/16"}, "169.253.255.255", true},
        {{NULL}, {"169.254.0.0/16"}, "2001:db8::1", true},
        {{NULL}, {"fe80::/10"}, "febf::1", false},
        {{NULL}, {"fe80::/10"}, "fec0::1", true},
        {{"10.0.0.0/8"}, {NULL}, "10.9.9.9", true},
        {{"10.0.0.0/8"}, {NULL}, "11.0.0.1", false},
        {{"10.0.0.0/8"}, {"10.1.0.0/16"}, "10.1.2.3", false},
        {{"10.0.0.0/8", "10.1.2.3"}, {"10.1.0.0/16"}, "10.1.2.3", true},
        {{"10.1.0.0/16"}, {"10.1.0.0/16"}, "10.1.2.3", false},
        {{"0.0.0.0/0"}, {"10.0.0.0/8"}, "9.9.9.9", true},
        {{"0.0.0.0/0"}, {"10.0.0.0/8"}, "2001:db8::1", false},
        {{"::/0"}, {"10.0.0.0/8"}, "10.0.0.1", false},
        {{"::/0"}, {"10.0.0.0/8"}, "8.8.8.8", true},
        {{NULL}, {"::/0"}, "2001:db8::1", false}, /* as wide as can be, and a range all the same */
        {{NULL}, {"::/0"}, "8.8.8.8", false},
        {{"::/0"}, {NULL}, "2001:db8::1", true},
        {{"::/0"}, {"::/0"}, "2001:db8::1", false},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct egress *e = rules(ROWS[i].allow, ROWS[i].deny);
        if (permits(e, ROWS[i].address) != ROWS[i].permitted)
            fail_msg("row %zu: %s", i, ROWS[i].address);
        egress_free(e);
    }
    assert_true(permits(NULL, "169.254.169.254"));
}

static void what_is_no_range(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"",
                                        "10",
                                        "10.0.0.0/33",
                                        "::/129",
                                        "10.0.0.0/",
                                        "10.0.0.0/x",
                                        "host.test",
                                        "10.0.0.0/-1",
                                        "1.2.3.4 ",
                                        "::1/64/64",
                                        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb"};
    struct address_range range;
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(*WRONG); i++)
        if (address_range_parse(WRONG[i], &range) != -EINVAL)
            fail_msg("%s", WRONG[i]);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(the_narrowest_decides);
    assert_keeps_nothing(what_is_no_range);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_narrowest_decides),
        cmocka_unit_test(what_is_no_range),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
