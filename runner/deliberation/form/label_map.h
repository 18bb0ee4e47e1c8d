/* A label map from inside, for labels.c and label_words.c. */
#ifndef RUNNER_DELIBERATION_FORM_LABEL_MAP_H
#define RUNNER_DELIBERATION_FORM_LABEL_MAP_H

struct label {
    char *label;      /* the whole of it, "Response B" */
    const char *bare; /* its end, "B"; the label itself where there is no prefix */
    char *id;
};

struct label_map {
    struct label *labels;
    int n;
};

#endif
