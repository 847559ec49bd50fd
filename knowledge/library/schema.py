"""The tables of a library's file, and the numbers it is known by.

Passages are numbered in the order of their books, and books in the order of their age, so that
the first hits of the index are the oldest ones. The text of all books is one run of bytes in
GB18030 (two bytes a character), deflated in blocks of which none divides a passage; the deflated
blocks are one run of bytes again, cut into sheets that fill the pages of the file.
"""

from __future__ import annotations

APPLICATION = 0x584C4942  # "XLIB"
VERSION = 1
ENCODING = "gb18030"
PAGE_BYTES = 8192
BLOCK_BYTES = 16 << 10
SHEET_BYTES = PAGE_BYTES - 42  # a row that fills a page: longer ones would leave half a page empty

TABLES = """
create table meta(key text primary key, value) without rowid;
create table books(
    id integer primary key, title text, author text, dynasty text,
    age integer, standing integer, first integer, last integer);
create table names(name text, book integer, primary key(name, book)) without rowid;
create table chapters(id integer primary key, title text);
create table headings(
    id integer primary key, book integer, chapter integer, section text,
    first integer, last integer);
create table headwords(word text, heading integer, primary key(word, heading)) without rowid;
create table passages(
    id integer primary key, heading integer, start integer, size integer, marks integer);
create table blocks(start integer primary key, place integer, size integer);
create table sheets(id integer primary key, data blob);
create table frequencies(first integer primary key, seconds text, counts blob);
create table facts(
    name text, relation integer, passage integer, value text,
    primary key(name, relation, passage)) without rowid;
create virtual table words using fts5(
    text, content='', detail=none, columnsize=0, tokenize='ascii');
"""
