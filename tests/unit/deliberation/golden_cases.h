/* The councils whose prompts stand in tests/golden/prompts, and what is scripted of their answers.
 * Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DELIBERATION_GOLDEN_CASES_H
#define TESTS_UNIT_DELIBERATION_GOLDEN_CASES_H

#include "golden.h"

#define MODEL(id) "\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\""
#define ANN       "{" MODEL("ann") ", \"role\": \"cook\"}"
#define BOB       "{" MODEL("bob") ", \"role\": \"farmer\", \"confidence\": \"self_report\"}"
#define CY        "{" MODEL("cy") "}"
#define TRIO      "[" ANN ", " BOB ", " CY "]"
#define FIRST     "{\"type\": \"independent_analysis\"}, "
#define LAST      "{\"type\": \"synthesis\"}"
#define OF(members, rounds)                                                                        \
    "{\"id\": \"g\", \"members\": " members                                                        \
    ", \"chair\": {" MODEL("chair") "}, \"rounds\": [" rounds "]}"
#define THREE_IN(rounds) OF(TRIO, rounds)

struct golden {
    const char *name, *title, *council, *script;
};

static const struct golden cases[] = {
    {"independent_analysis",
     "Members answer the task alone: one with words of its own, one with a form, one with tools, "
     "one "
     "that reports its confidence; a document stands under the task.",
     "{\"id\": \"g\", \"name\": \"Egg council\", \"grounding\": {\"mode\": \"all\"}, "
     "\"documents\": "
     "[{\"id\": \"eggs\", \"title\": \"On eggs\", \"text\": \"Washed eggs spoil on the "
     "counter.\"}], "
     "\"members\": [{" MODEL(
         "ann") ", \"role\": \"cook\", \"system_prompt\": \"You cook for "
                "{{council}}.\"}, {" MODEL(
                    "bob") ", \"output_schema_inline\": {\"type\": \"object\", "
                           "\"properties\": {\"place\": {\"type\": \"string\", \"enum\": "
                           "[\"fridge\", \"counter\"]}, "
                           "\"weeks\": {\"type\": \"integer\"}}, \"required\": [\"place\"], "
                           "\"additionalProperties\": "
                           "false}}, {" MODEL(
                               "cy") ", \"tools\": [{\"name\": \"find\", \"kind\": \"docs\", "
                                     "\"description\": \"searches the documents\"}]}, {" MODEL(
                                         "dee") ", \"confidence\": \"self_report\"}], \"rounds\": "
                                                "[{\"type\": \"independent_analysis\"}]}",
     "{\"r0i0:member:bob\": [{\"text\": \"{\\\"where\\\": \\\"fridge\\\"}\"}, {\"text\": "
     "\"{\\\"place\\\": \\\"fridge\\\"}\"}], \"r0i0:member:cy\": [{\"text\": \"\", "
     "\"finish_reason\": \"tool_calls\", \"tool_calls\": [{\"id\": \"t1\", \"name\": \"find\", "
     "\"args_raw\": \"{\\\"query\\\": \\\"washed eggs\\\"}\"}, {\"id\": \"t2\", \"name\": "
     "\"browse\", \"args_raw\": \"{}\"}]}, {\"text\": \"In the fridge.\"}]}"},
    {"peer_review",
     "Members review each other by id; the chair reads reviews and answers by id too.",
     THREE_IN(FIRST "{\"type\": \"peer_review\"}, " LAST), "{}"},
    {"peer_review_revise", "Members review each other by label and answer again.",
     THREE_IN(FIRST "{\"type\": \"peer_review\", \"opts\": {\"revise\": true, \"attribution\": "
                    "\"labels\"}}, " LAST),
     "{}"},
    {"anonymized_peer_review", "Members rank the answers of the others; the chair writes.",
     THREE_IN(FIRST "{\"type\": \"anonymized_peer_review\"}, " LAST), "{}"},
    {"anonymized_peer_review_rubric", "Members score by a rubric, each with labels of its own.",
     THREE_IN(FIRST "{\"type\": \"anonymized_peer_review\", \"opts\": {\"anonymity\": {\"scope\": "
                    "\"reviewer\"}, \"rubric\": [{\"id\": \"safe\", \"text\": \"Is it safe?\"}, "
                    "{\"id\": \"plain\", \"text\": \"Is it plain?\"}]}}, " LAST),
     "{\"r1i0:member:ann\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"Response A\\\", "
     "\\\"rationale\\\": \\\"Response A is better than Responses B and C.\\\", \\\"score\\\": 9, "
     "\\\"criteria\\\": {\\\"safe\\\": 9, \\\"plain\\\": 8}}, {\\\"label\\\": \\\"Response B\\\", "
     "\\\"rationale\\\": \\\"Not as safe as (A).\\\", \\\"score\\\": 5, \\\"criteria\\\": "
     "{\\\"safe\\\": "
     "4, \\\"plain\\\": 6}}, {\\\"label\\\": \\\"Response C\\\", \\\"rationale\\\": \\\"As "
     "response "
     "b.\\\", \\\"score\\\": 5, \\\"criteria\\\": {\\\"safe\\\": 4, \\\"plain\\\": 6}}], "
     "\\\"ordering\\\": [\\\"Response A\\\", \\\"Response B\\\", \\\"Response C\\\"], "
     "\\\"confidence\\\": 0.8}\"}]}"},
    {"critique", "Members object to each answer and revise, until the chair finds that they agree.",
     THREE_IN(FIRST "{\"type\": \"iterate\", \"opts\": {\"wrap\": {\"type\": \"critique\"}, "
                    "\"max_iterations\": 2, \"until\": {\"judge\": {\"score\": 1.0}}}}, " LAST),
     "{\"r1i0:consensus:chair\": [{\"text\": \"{\\\"open_points\\\": [\\\"how long\\\"], "
     "\\\"agree\\\": false, \\\"score\\\": 0.4}\"}]}"},
    {"critique_only", "Members object by id, without a new answer.",
     THREE_IN(FIRST "{\"type\": \"critique\", \"opts\": {\"revise\": false, \"attribution\": "
                    "\"ids\"}}, " LAST),
     "{}"},
    {"debate",
     "Two iterations of a debate with sides; answers and rebuttals stand apart, and only answers "
     "are "
     "voted on. One member has a form of its own.",
     OF("[" ANN ", " BOB ", {" MODEL("cy") ", \"output_schema_inline\": {\"type\": \"object\", "
                                           "\"properties\": {\"answer\": {\"type\": \"string\"}}, "
                                           "\"required\": [\"answer\"]}}]",
        FIRST "{\"type\": \"iterate\", \"opts\": {\"wrap\": {\"type\": \"debate\", \"opts\": "
              "{\"stances\": {\"ann\": \"for\", \"bob\": \"Eggs need no fridge.\", \"cy\": "
              "\"neutral\"}}}, \"max_iterations\": 2, \"until\": {\"never\": true}}}, {\"type\": "
              "\"vote\", \"opts\": {\"candidates\": \"answers\"}}, " LAST),
     "{}"},
    {"debate_sequential", "Members speak one after the other and read what was said before them.",
     THREE_IN(FIRST "{\"type\": \"debate\", \"opts\": {\"turns\": \"sequential\", \"stances\": "
                    "{\"ann\": \"against\"}, \"attribution\": \"ids\"}}, " LAST),
     "{}"},
    {"vote", "Members vote on options, and see their own answers.",
     THREE_IN(FIRST "{\"type\": \"vote\", \"opts\": {\"question\": \"Where?\", \"options\": "
                    "[{\"id\": \"fridge\", \"text\": \"in the fridge\"}, \"counter\"], "
                    "\"allow_abstain\": true}}, " LAST),
     "{}"},
    {"vote_answers", "Members vote on answers, one each; the chair decides the tie.",
     THREE_IN(FIRST "{\"type\": \"vote\", \"opts\": {\"candidates\": \"answers\", \"tie_break\": "
                    "[\"chair\"]}}, " LAST),
     "{}"},
    {"vote_approval", "Members approve of options, and see all answers.",
     THREE_IN(FIRST
              "{\"type\": \"vote\", \"opts\": {\"options\": [\"fridge\", \"counter\"], "
              "\"ballot\": \"approval\", \"show\": \"all\", \"tie_break\": [\"chair\"]}}, " LAST),
     "{}"},
    {"vote_score", "Members score options, and see no answers.",
     THREE_IN("{\"type\": \"vote\", \"opts\": {\"options\": [\"fridge\", \"counter\"], "
              "\"ballot\": \"score\", \"show\": \"none\"}}, " LAST),
     "{}"},
    {"vote_free", "Members vote in words of their own; the chair decides the tie.",
     THREE_IN("{\"type\": \"vote\", \"opts\": {\"tie_break\": [\"chair\"]}}, " LAST), "{}"},
    {"ranking", "Members order the answers of the others.",
     THREE_IN(FIRST "{\"type\": \"ranking\"}, " LAST), "{}"},
    {"ranking_options", "Members order options.",
     THREE_IN("{\"type\": \"ranking\", \"opts\": {\"options\": [\"fridge\", \"counter\", "
              "\"cellar\"]}}, " LAST),
     "{}"},
    {"pairwise_elimination",
     "The chair judges pairs of answers, both ways round, until one is left.",
     THREE_IN(FIRST
              "{\"type\": \"iterate\", \"opts\": {\"wrap\": \"pairwise_elimination\"}}, " LAST),
     "{}"},
    {"pairwise_elimination_members", "Members judge the pairs in which they do not stand.",
     THREE_IN(FIRST
              "{\"type\": \"pairwise_elimination\", \"opts\": {\"judge\": \"members\"}}, " LAST),
     "{}"},
    {"pairwise_elimination_seat", "A seat of its own judges, in words that were written for it.",
     THREE_IN(FIRST "{\"type\": \"pairwise_elimination\", \"opts\": {\"judge\": {" MODEL(
         "umpire") ", \"role\": \"umpire\", \"system_prompt\": \"You are fair.\"}}}, " LAST),
     "{}"},
    {"synthesis_dissent", "The chair lists what is in dispute.",
     THREE_IN(FIRST "{\"type\": \"synthesis\", \"opts\": {\"extract_dissent\": true}}"), "{}"},
    {"synthesis_select", "The chair chooses an answer, and knows nothing of who wrote it.",
     THREE_IN(FIRST "{\"type\": \"peer_review\"}, {\"type\": \"synthesis\", \"opts\": {\"mode\": "
                    "\"select\"}}"),
     "{}"},
    {"synthesis_verdict", "The chair chooses an option.",
     THREE_IN(FIRST "{\"type\": \"synthesis\", \"opts\": {\"mode\": \"verdict\", \"options\": "
                    "[{\"id\": \"fridge\", \"text\": \"in the fridge\"}, \"counter\"]}}"),
     "{}"},
    {"weighted_synthesis", "The chair is told a weight for each answer.",
     THREE_IN(FIRST "{\"type\": \"weighted_synthesis\"}"), "{}"},
    {"fallback_chair", "The chair fails, and a member is asked in its place, in the chair's words.",
     "{\"id\": \"g\", \"members\": " TRIO
     ", \"chair\": {" MODEL("chair") ", \"role\": \"editor\", "
                                     "\"fallback_chairs\": [\"ann\"], \"retry\": "
                                     "{\"max_attempts\": 1}}, \"rounds\": [" FIRST LAST "]}",
     "{\"r1i0:chair:chair\": [{\"error\": {\"class\": \"permanent\", \"code\": \"bad_request\", "
     "\"message\": \"no\"}}]}"},
    {"semantic_entropy",
     "A member is asked several times, and the chair says which answers mean the same.",
     OF("[{" MODEL("ann") ", \"confidence\": {\"semantic_entropy\": {\"samples\": 2, \"cluster\": "
                          "\"judge\"}}}, " BOB "]",
        FIRST LAST),
     "{}"},
    {"router", "The chair chooses who reviews.",
     THREE_IN(FIRST
              "{\"type\": \"peer_review\", \"router\": {\"kind\": \"llm\", \"max\": 2}}, " LAST),
     "{}"},
    {"sub_council",
     "A council sits in the seat of a member; its seats get the answers it has to judge.",
     OF("[" ANN ", " BOB ", {\"id\": \"kitchen\", \"sub_council\": {\"id\": \"k\", \"members\": "
        "[{" MODEL("sue") "}, {" MODEL("tom") "}], \"chair\": {" MODEL(
            "head") "}, \"rounds\": [{\"type\": "
                    "\"independent_analysis\"}]}}]",
        FIRST "{\"type\": \"anonymized_peer_review\"}, " LAST),
     "{}"},
};

static const struct golden autos[] = {
    {"auto_classify", "A model chooses a council for the task.",
     "{\"schema_version\": 1, \"id\": \"pick\", \"strategy\": \"llm_classify\", \"options\": "
     "{" SEAT_OF "}, \"catalog\": " BOTH "}",
     "{}"},
    {"auto_build",
     "A model designs a council for the task, and is told what is wrong with its design.",
     "{\"schema_version\": 1, \"id\": \"pick\", \"strategy\": \"llm_build\", \"options\": {" SEAT_OF
     ", \"profiles\": [\"plain\"], \"templates\": [\"parallel_panel\", \"weighted_consensus\"]}, "
     "\"catalog\": " BOTH "}",
     "{\"r0i0:auto:clerk\": [{\"text\": \"{\\\"reason\\\": \\\"r\\\", \\\"name\\\": \\\"Eggs\\\", "
     "\\\"template\\\": \\\"weighted_consensus\\\", \\\"members\\\": [{\\\"id\\\": \\\"hen\\\", "
     "\\\"role\\\": \\\"layer\\\", \\\"system_prompt\\\": \\\"You lay eggs.\\\", \\\"profile\\\": "
     "\\\"plain\\\"}, {\\\"id\\\": \\\"fox\\\", \\\"role\\\": \\\"taster\\\", "
     "\\\"system_prompt\\\": "
     "\\\"You steal eggs.\\\", \\\"profile\\\": \\\"plain\\\"}]}\"}, {\"text\": \"{\\\"reason\\\": "
     "\\\"r\\\", \\\"name\\\": \\\"Eggs\\\", \\\"template\\\": \\\"parallel_panel\\\", "
     "\\\"members\\\": "
     "[{\\\"id\\\": \\\"hen\\\", \\\"role\\\": \\\"layer\\\", \\\"system_prompt\\\": \\\"You lay "
     "eggs.\\\", \\\"profile\\\": \\\"plain\\\"}, {\\\"id\\\": \\\"fox\\\", \\\"role\\\": "
     "\\\"taster\\\", \\\"system_prompt\\\": \\\"You steal eggs.\\\", \\\"profile\\\": "
     "\\\"plain\\\"}]}\"}]}"},
};

#endif
