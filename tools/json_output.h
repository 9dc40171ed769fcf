/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copyright (C) 2026 The pidns_tree developers
 *
 * Make and print JSON objects. Without memory, these functions end the program.
 */
#ifndef JSON_OUTPUT_H
#define JSON_OUTPUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** json_checked - end the program if @object is NULL */
struct json_object *json_checked(struct json_object *object);

/**
 * json_add - add a member to an object that has none with this key
 * @object: the object
 * @key: a constant
 * @value: the value, which @object then owns; NULL is the null of JSON
 */
void json_add(struct json_object *object, const char *key,
	      struct json_object *value);

/** json_add_number - add a number to an object that has none with this key */
void json_add_number(struct json_object *object, const char *key,
		     uint64_t number);

/** json_append - add an element, which @array then owns, to an array */
void json_append(struct json_object *array, struct json_object *value);

/**
 * json_new_string - make a string
 * @string: the string; NULL is the null of JSON
 *
 * Replaces bytes that are not valid UTF-8.
 */
struct json_object *json_new_string(const char *string);

/** json_new_pids - make an array of numbers */
struct json_object *json_new_pids(const unsigned int *pids, unsigned int count);

/**
 * json_new_roles - make an array of the names of roles
 * @roles: a set of ROLE_BIT()
 */
struct json_object *json_new_roles(unsigned int roles);

/**
 * json_print_separator - start a new line between two elements of an array
 * @first: the next element is the first one
 *
 * So each object is on a line of its own.
 */
void json_print_separator(bool first);

/** json_print_object - print and release an object */
void json_print_object(struct json_object *object);

/**
 * json_print_open - print and release an object without its closing brace
 *
 * The caller prints more members and the brace.
 */
void json_print_open(struct json_object *object);

#endif /* JSON_OUTPUT_H */
