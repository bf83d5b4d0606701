#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026 The objpool authors
"""Write a source file with one mistake in it.

usage: mutant.py SOURCE RESULT NAME

The text that makes way must be there once. Where it is not any more the result
is as the source, and the control that uses it fails: no mistake is noticed.
"""

import os
import sys

MUTANTS = {
    # For test/faults.
    "leak": (
        "\tif (rc != 0)\n\t\tend_areas(plan.local);\n", ""),
    "head": (
        "\tif (rc != 0)\n\t\tfree(pool);\n", "\tif (rc == 0)\n\t\t(void)0;\n"),
    "hasty": (
        "\trc = init(pool, attr, 1);\n",
        "\t*poolp = pool;\n\trc = init(pool, attr, 1);\n"),
    "again": (
        "\t\t\tif (rc != 0)\n\t\t\t\treturn rc;\n",
        "\t\t\tif (rc != 0)\n\t\t\t\tcontinue;\n"),
    "mapping": (
        "\tmunmap(addr, len);\n\treturn NULL;\n", "\treturn NULL;\n"),
    "meminfo": ("\tfclose(f);\n", ""),
    "file": ("\tclose(fd);\n", ""),
    "descriptor": ("\tclose(fd);\n", ""),
    "thread": (
        "\tend_thread(&gp->reclaim);\nerr_gp:\n",
        "\tsleeper_wake(&gp->reclaim, TIMED);\n\treturn rc;\nerr_gp:\n"),
    "place": ("(a->place == 0 || a->place == identity_place())",
              "a->place == identity_place()"),
    "half": ("return errno == ENOENT;", "return true;"),
    "state": ("\nerr_state:\n\tstate_free(s);\n", "\nerr_state:\n"),
    "ending": ("\tif (ret < 0)\n\t\tfree(e);\n\telse\n",
               "\tif (ret == 0)\n"),
    "drain": ("\tabort();\n", "\treturn;\n"),
    "partial": ("\t\t\treturn -ENOMEM;\n\t}\n\treturn rc;\n",
                "\t\t\tbreak;\n\t}\n\treturn rc;\n"),
    "unclaimed": ("\tif (e->left != NULL)\n\t\treplace_unclaim(e->left);\n",
                  ""),
    # For test/driver.
    "heirless": ("owner == 0 || alive(owner) ||",
                 "owner == 0 || alive(owner) || token != 0 ||"),
    "sharing": ("\t\tif (take(s, 0, token) || succeed(a, s, token, alive))\n"
                "\t\t\treturn s;\n\t\t/* Somebody",
                "\t\t(void)(take(s, 0, token) || succeed(a, s, token, alive));\n"
                "\t\treturn s;\n\t\t/* Somebody"),
    # Of the driver.
    "unheld": ("\tif (hold->mp == e->mp)\n\t\treturn true;\n", "\t;\n"),
    "unlisted": ("\tif (e->mp == mp && e->kind == ENDING_OBJECTS)\n"
                 "\t\treturn &e->objs;\n", "\t;\n"),
    "wordless": ("state_of(mp)->has_holders && !",
                 "0 && state_of(mp)->has_holders && !"),
    "dirty": ("\t\tmemset(RTE_PTR_SUB(obj, mp->header_size), 0, sizeof(uint64_t));\n",
              "\t\t(void)obj;\n"),
    "trailer": ("\t\t{ \"trailer\", mp->trailer_size, by->trailer_size },\n", ""),
    "private": ("\t\t{ \"private area\", mp->private_data_size,\n"
                "\t\t\tby->private_data_size },\n", ""),
    "non-io": ("if ((by->flags & RTE_MEMPOOL_F_NON_IO) &&",
               "if (0 && (by->flags & RTE_MEMPOOL_F_NON_IO) &&"),
    "stamp": ("s->creator == getpid() && s->creator_stamp == stamp",
              "s->creator == getpid()"),
    "halves": ("return ring->memzone != NULL && size > 0 &&\n",
               "return ring->memzone != NULL || size > 0 ||\n"),
    "foreign": ("chunk->opaque == zone && chunk->free_cb != NULL",
                "chunk->opaque == zone"),
    "sized": ("\t\t__atomic_store_n(&cache->size, 0, __ATOMIC_RELAXED);\n", ""),
    "hasty-end": ("\treturn objpool_quiesce(&s->pool) == 0;\n}\n",
                  "\treturn true;\n}\n"),
    "unseen": ("\twhile (retire.current == e)\n"
               "\t\tpthread_cond_wait(&retire.gone, &retire.lock);\n", ""),
    "emptied": ("\twhile (retire.emptied == mp)\n"
                "\t\tpthread_cond_wait(&retire.gone, &retire.lock);\n", ""),
    "doubt": ("\t\tret = objpool_slot_pop_(state_seat(mp), objs, n, why);\n",
              "\t\treturn objpool_slot_pop_(state_seat(mp), objs, n, why);\n"),
    "doubt-inline": ("(why != OBJPOOL_DOUBT_ || ret == -ESHUTDOWN)",
                     "(why != OBJPOOL_DOUBT_)"),
    # For test/numa.
    "astray": ("numa_tonode_memory(addr, len, node);",
               "numa_tonode_memory(addr, len, node == 0);"),
    "alike": ("return numa_distance(from, to);",
              "return from == to ? 10 : 20;"),
    "lump": ("p->node[r], &p->objs[r]);", "p->node[0], &p->objs[r]);"),
    "strayed": ("s = take_free(a, s->region, token);",
                "s = take_free(a, ANYWHERE, token);"),
    "anywhere": ("rte_memzone_reserve_aligned(name, len, node, 0,",
                 "rte_memzone_reserve_aligned(name, len, SOCKET_ID_ANY, 0,"),
    # For test/fuzz.
    "early": ("\treturn gp_done(local_of(a)->gp, cookie);\n",
              "\t(void)a;\n\treturn cookie > 0;\n"),
    "uncollected": ("\t\t\tlimbo_visit(a, b);\n", "\t\t\t;\n"),
    "twice": ("\t\t\t*error = -EEXIST;\n\t\t\treturn i;\n",
              "\t\t\tcontinue;\n"),
    "unparked": ("(totals.len + totals.parked) * REF_OBJ",
                 "totals.len * REF_OBJ"),
    "kept": ("\t\tend_unref(a, n, GP_LAST_PUSH);\n", ""),
    "nothing": ("n > 0 && unref(", "unref("),
    "open": ("\tif (is_closed(a)) {\n", "\tif (is_closed(a) && n > 3) {\n"),
    "uncounted": (" - get(&counts->unput);", ";"),
    "walk": ("\t\tsum += n;\n", "\t\tsum += n > 0;\n"),
    "gathered": ("\t\t\t\tslot_push_slow(a, s, objs, got);\n", "\t\t\t\t;\n"),
    # For test/sanitize.
    "unordered-push": (
        "objects before the length that covers them. */\n"
        "\tatomic_store_explicit(&b->t, t, memory_order_release);\n",
        "*/ atomic_store_explicit(&b->t, t, memory_order_relaxed);\n"),
    # For test/freeze.
    "waits": (
        "\tlen = block_mark(b, w, &h->word[h->nr_marked]);\n",
        "\twhile (w_mode(atomic_load_explicit(&b->w, memory_order_relaxed))\n"
        "\t\t== MODE_REVK)\n\t\tcpu_relax();\n"
        "\tlen = block_mark(b, w, &h->word[h->nr_marked]);\n"),
    "heirloom": ("\treset(a, s);\n\tmark_clear(s);\n",
                 "\tmark_clear(s);\n"),
    "abandons": ("\trc = reclaim_orphans(f);\n", "\trc = 0 ? reclaim_orphans(f) : 0;\n"),
    "belated": ("\t\tif (thread_seat(a) == turn->slot) /* E16 */\n"
                "\t\t\treturn true;\n", "\t\treturn true;\n"),
    "unasked": ("bool done = !(slot_mode(s) & ASIDE_MODES) && /* E16 */",
                "bool done ="),
    "robs": ("\tdead = !identity_process_is_alive(token);\n",
             "\tdead = true;\n"),
    # For test/fuzz: pools with holders.
    "admits": ("\t\telse if (!holder_push(word, to))\n",
               "\t\telse if (!holder_push(word, to) && i > n)\n"),
    "blind": ("\treturn f->seen[i / 64] >> i % 64 & 1;\n",
              "\treturn f->seen[i / 64] >> i % 64 & (i > f->nr_objs);\n"),
}

# The text is in a header, which is put in place of its #include.
HEADERS = {"unasked": "quick.h"}


def main():
    source, result, name = sys.argv[1:]
    old, new = MUTANTS[name]
    with open(source, encoding="utf-8") as file:
        text = file.read()
    if name in HEADERS:
        header = os.path.join(os.path.dirname(source), HEADERS[name])
        with open(header, encoding="utf-8") as file:
            text = text.replace('#include "%s"\n' % HEADERS[name],
                                file.read())
    if text.count(old) != 1:
        print("%s: %d places for mutant %s" % (source, text.count(old), name),
              file=sys.stderr)
        new = old
    with open(result, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new))


if __name__ == "__main__":
    main()
