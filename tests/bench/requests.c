/* bench-requests URL CA_FILE DIR COUNT...: the bare program of the figure `tls`. POSTs the bodies
 * DIR/0, DIR/1 ... to URL, the first COUNT of them at once, then the next COUNT, and so on. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>

static size_t received;

static size_t take(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes;
    (void)context;
    received += size * count;
    return size * count;
}

static char *read_body(const char *dir, int n, long *ret_len)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%d", dir, n);
    FILE *f = fopen(path, "re");
    char *text = malloc(1 << 20);
    if (!f || !text)
        exit(1);
    *ret_len = (long)fread(text, 1, 1 << 20, f);
    fclose(f);
    return text;
}

static CURL *make(const char *url, const char *ca, const char *body, long len,
                  struct curl_slist *headers)
{
    CURL *easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    return easy;
}

static void perform(CURLM *multi)
{
    int running = 1;
    while (running) {
        if (curl_multi_perform(multi, &running) != CURLM_OK)
            exit(1);
        if (running)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

int main(int argc, char **argv)
{
    CURL *easy[256];
    char *bodies[256];
    int n = 0;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM *multi = curl_multi_init();
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, "Expect:");
    for (int arg = 4; arg < argc; arg++) {
        int first = n, last = n + (int)strtol(argv[arg], NULL, 10);
        for (; n < last && n < 256; n++) {
            long len;
            bodies[n] = read_body(argv[3], n, &len);
            easy[n] = make(argv[1], argv[2], bodies[n], len, headers);
            curl_multi_add_handle(multi, easy[n]);
        }
        perform(multi);
        for (int i = first; i < n; i++) {
            long status = 0;
            curl_easy_getinfo(easy[i], CURLINFO_RESPONSE_CODE, &status);
            if (status != 200)
                return 1;
            curl_multi_remove_handle(multi, easy[i]);
            curl_easy_cleanup(easy[i]);
            free(bodies[i]);
        }
    }
    curl_multi_cleanup(multi);
    curl_slist_free_all(headers);
    curl_global_cleanup();
    return received == 0;
}
