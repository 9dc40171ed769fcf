/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Parts that the pictures for Graphviz have in common.
 */
#ifndef DOT_H
#define DOT_H

/* Levels have different colours, which repeat from this level on. */
#define DOT_COLOURS 6

/* The beginning of a table in an HTML-like label. */
#define DOT_TABLE \
	"<table border=\"1\" cellborder=\"0\" cellspacing=\"1\" " \
	"cellpadding=\"2\" bgcolor=\"white\" color=\"#707070\">"

/** dot_box_colour - the background of a namespace at a level */
const char *dot_box_colour(unsigned int level);

/** dot_pid_colour - the background of a PID at a level */
const char *dot_pid_colour(unsigned int level);

/** dot_put_style - print the fonts and the forms of nodes and arrows */
void dot_put_style(void);

/** put_html - print a string in an HTML-like label */
void put_html(const char *string);

#endif /* DOT_H */
