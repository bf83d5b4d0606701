/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright (c) 2026 The objpool authors
 */

/* The results for machines, as CSV and as JSON.
 *
 * The fields of a row, and of the machine, are listed once, and written in
 * three forms: as a line of names, as a line of CSV, as members of a JSON
 * object. So the two files cannot come to differ in what they call things.
 *
 * CSV (RFC 4180) is flat: the machine is repeated in each row, so that files
 * of several runs can be put behind one another and still be told apart. JSON
 * has it once, beside the rows.
 *
 * Written by hand, not with a library: there is one level of nesting, strings
 * and numbers, nothing is read back; a library would be one more package for
 * less than fifty lines.
 *
 * Parameters that do not apply are 0. Nine digits are more than a time is good
 * for, and enough for a number of bytes.
 */

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "row.h"

enum form {
	NAMES,
	CSV,
	JSON
};

/* A line of CSV, or a JSON object, being written. */
struct record {
	FILE *out;
	enum form form;
	bool begun; /* has a field */
};

static void
put_json_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (; *text != '\0'; text++)
		if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else if ((unsigned char)*text < 0x20)
			fprintf(out, "\\u%04x", *text);
		else
			fputc(*text, out);
	fputc('"', out);
}

static void
put_csv_string(const char *text, FILE *out)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

/* What stands before a value, or instead of it; whether a value is wanted. */
static bool
begin_field(struct record *record, const char *name)
{
	if (record->begun)
		fputs(record->form == JSON ? ", " : ",", record->out);
	record->begun = true;
	if (record->form == NAMES) {
		fputs(name, record->out);
		return false;
	}
	if (record->form == JSON) {
		put_json_string(name, record->out);
		fputs(": ", record->out);
	}
	return true;
}

static void
put_text(struct record *record, const char *name, const char *text)
{
	if (!begin_field(record, name))
		return;
	if (record->form == JSON)
		put_json_string(text, record->out);
	else
		put_csv_string(text, record->out);
}

static void
put_number(struct record *record, const char *name, double value)
{
	if (begin_field(record, name))
		fprintf(record->out, "%.9g", value);
}

static void
put_count(struct record *record, const char *name, uint64_t value)
{
	if (begin_field(record, name))
		fprintf(record->out, "%" PRIu64, value);
}

static void
put_yes_no(struct record *record, const char *name, bool value)
{
	if (!begin_field(record, name))
		return;
	if (record->form == JSON)
		fputs(value ? "true" : "false", record->out);
	else
		fputs(value ? "yes" : "no", record->out);
}

static void
put_row(struct record *record, const struct row *row)
{
	put_text(record, "pattern", row->pattern);
	put_text(record, "description", row->description);
	put_text(record, "unit", row->unit);
	put_count(record, "n", row->n);
	put_count(record, "kept", row->kept);
	put_count(record, "lcores", row->lcores);
	put_count(record, "threads", row->threads);
	put_text(record, "contestant", row->contestant);
	put_text(record, "group", row->group);
	put_count(record, "cache", row->cache);
	put_count(record, "samples", row->nr_samples);
	put_number(record, "median", row->median);
	put_number(record, "min", row->min);
	put_number(record, "q1", row->q1);
	put_number(record, "q3", row->q3);
	put_yes_no(record, "trusted", row->trusted);
	put_text(record, "reason", row->trusted ? "" : row->reason);
}

static void
put_machine(struct record *record, const struct machine *machine)
{
	put_text(record, "date", machine->date);
	put_text(record, "command", machine->command);
	put_text(record, "cpu", machine->cpu);
	put_count(record, "cpus", machine->nr_cpus);
	put_count(record, "lcores_in_use", machine->nr_lcores);
	put_count(record, "tsc_hz", machine->tsc_hz);
	put_yes_no(record, "hypervisor", machine->hypervisor);
	put_text(record, "kernel", machine->kernel);
	put_number(record, "load", machine->load);
	put_number(record, "steal", machine->steal);
	put_text(record, "dpdk", machine->dpdk);
	put_text(record, "objpool", machine->objpool);
	put_text(record, "compiler", machine->compiler);
	put_text(record, "flags", machine->flags);
}

static void
put_csv_line(const struct row *row, const struct machine *machine,
	enum form form, FILE *out)
{
	struct record record = { .out = out, .form = form };

	put_row(&record, row);
	put_machine(&record, machine);
	fputc('\n', out);
}

int
report_csv(const struct results *results, FILE *out)
{
	put_csv_line(&(struct row){ 0 }, &results->machine, NAMES, out);
	for (unsigned int i = 0; i < results->nr; i++)
		put_csv_line(&results->rows[i], &results->machine, CSV, out);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}

int
report_json(const struct results *results, FILE *out)
{
	struct record machine = { .out = out, .form = JSON };

	fputs("{\n\"machine\": { ", out);
	put_machine(&machine, &results->machine);
	fprintf(out, " },\n\"partial\": %s,\n\"rows\": [",
		results->is_partial ? "true" : "false");
	for (unsigned int i = 0; i < results->nr; i++) {
		struct record row = { .out = out, .form = JSON };

		fputs(i == 0 ? "\n{ " : ",\n{ ", out);
		put_row(&row, &results->rows[i]);
		fputs(" }", out);
	}
	fputs("\n]\n}\n", out);
	return fflush(out) != 0 || ferror(out) ? -EIO : 0;
}
