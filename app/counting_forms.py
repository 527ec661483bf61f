"""The forms that questions about the archive take, as patterns: one a line, in the order in which they are tried.

A pattern fits a whole question without its question mark and its words of time. Its groups: `x` what is to be mentioned,
`rest` what may follow and must be about the archive, `verb` (and `verb2`, `verb3`) or `done` how that is asked, `item`
what is counted, `lead` whether a number or a list is wanted, `by` an author or outlet, `order` first or last.
"""

# ruff: noqa: E501 - a form is one line, as it is one pattern

from __future__ import annotations

import re

__all__ = ["FORMS", "IN_ARCHIVE", "IS_THERE", "LITERAL_ONLY", "WEAK_ITEM"]

_KIND = r"(?:(?:news|newspaper|press|different|distinct|separate|independent|individual|unique|other|single) )*"
_ARTICLE = (
    rf"{_KIND}(?P<item>articles?|stor(?:y|ies)|pieces?|reports?|texts?|files?|documents?|docs?|items?|dispatch(?:es)?)"
)
WEAK_ITEM = re.compile(r"reports?|files?|documents?|docs?|items?|dispatch(?:es)?|pieces?", re.IGNORECASE)
_ARCHIVE_NOUN = (
    r"(?:archive|articles|collection|corpus|database|data ?set|folder|index|files|stories|texts|set|library)"
)
_ARCHIVE = rf"(?:the|this|these|those|your|our|my|all|all the|any of the|any|all of the)(?: (?:news|whole|entire))? {_ARCHIVE_NOUN}"
IN_ARCHIVE = rf"(?:in|within|across|throughout|among|of|from) {_ARCHIVE}"
IS_THERE = (
    rf"(?:are (?:there|here|available|indexed|searched|{IN_ARCHIVE})|is there|exist|(?:do|did|have) (?:you|we|i) "
    rf"(?:have|hold|got|know|search)|(?:does|do) {_ARCHIVE} (?:hold|have|contain|include)"
    r"|(?:were|was|are|have been) (?:published|printed|written|ingested|indexed))"
)
_END = rf"(?: (?:{IN_ARCHIVE}|in total|altogether|overall|here|so far|now|at all|there|please))*"
_ABOUT = (
    r"(?:(?:(?:talk|talks|talked|talking|speak|speaks|spoke) (?:about|of))|(?:(?:write|writes|wrote|written|writing) "
    r"(?:about|on|of))|(?:(?:are|is|were|was|have been|has been) (?:written |published )?about)|deals? with|dealt with"
    r"|dealing with|discuss(?:es|ed|ing)?|cover(?:s|ed|ing)?(?! up\b)|report(?:s|ed|ing)? (?:on|about)|focus(?:es|ed)? on"
    r"|concern(?:s|ed)?|touch(?:es|ed)? (?:up)?on|describ(?:e|es|ed|ing))"
)
_MENTION = (
    r"(?:mention(?:s|ed|ing)?|refer(?:s|red|ring)? to|referenc(?:e|es|ed|ing)|make(?:s)? (?:any )?(?:mention of|reference"
    r" to)|name[sd]?|contain(?:s|ed|ing)?|includ(?:e|es|ed|ing)|feature[sd]?|use[sd]?|using|say|says|have|has|with|hold)"
)
LITERAL_ONLY = re.compile(
    r"(?:use[sd]?|using|say|says|have|has|with|hold|name[sd]?|feature[sd]?|includ\w+|contain\w*)$", re.IGNORECASE
)
_VERB = rf"(?:(?:that|which|who) )?(?:(?:have|has|do|does|did|ever|also|even|actually) )*(?P<verb>{_MENTION}|{_ABOUT})"
_ON = r"(?P<verb>about|on|regarding|concerning|mentioning|covering|discussing|containing|referring to|dealing with|naming)"
_MENTIONED = r"(?P<done>mentioned|referred to|referenced|written about|talked about|discussed|covered|reported on)"
_APPEARS = r"(?P<done>appear|appears|occur|occurs|come up|comes up|crop up|turn up|used|mentioned)"
_BE = r"(?:is|was|are|were|gets?|got|has|have)(?: been)?"
_OUTLET = (
    r"(?P<outlet>(?:(?:news|media|press) (?:organi[sz]ations?|agenc(?:y|ies)|sites?|websites?|sources?|outlets?|titles?)"
    r"|outlets?|newspapers?|papers?|publications?|publishers?|sources?|magazines?|broadcasters?|media)|wire services?)"
)
_STORIES = r"(?:(?:any|an?|some|the|several|most)? ?(?:articles?|stor(?:y|ies)|pieces?|news|anything|reports?))"
_OUTLET_VERB = (
    rf"(?:(?:that|which|who) )?(?:(?:have|has|had|also|ever) )*(?P<verb>(?:write|wrote|written|writing) "
    rf"(?:{_STORIES} )?(?:about|on|of)|report(?:ed|s)? (?:about|on)|cover(?:ed|s)?(?! up\b)|mention(?:ed|s)?"
    rf"|discuss(?:ed|es)?|talk(?:ed|s)? about|(?:publish(?:ed)?|carr(?:y|ied)|r[ua]n|print(?:ed)?|ha(?:s|ve|d)) {_STORIES} "
    r"(?:about|on|mentioning)|report(?:ed|s)?)"
)
_FIRST = r"(?P<order>first|earliest|oldest|last|latest|newest|most recent)"
_WHICH = r"(?:which|what)"
_LIST = r"(?:please )?(?:list|show|give|find|name|get|tell|display|enumerate)(?: me| us)?(?: all| every| each)?(?: of)?(?: the| any)?"
_X = r"(?P<x>.+?)"
_REST = r"(?P<rest>(?: .*)?)"
_BY = r"(?P<by>[^?]{2,60}?)"

# In order: the first that fits decides, even where what it is about turns out to be nothing that can be counted.
_PATTERNS: tuple[tuple[str, str], ...] = (
    # when, first, last
    ("order", rf"(?P<wh>when|where) {_BE} {_X}(?: been)? (?:{_FIRST} |for the (?P<order2>first|last) time )?{_MENTIONED}(?P<again> for the first time)?{_REST}"),
    ("order", rf"when (?:do|does|did) (?:{_ARCHIVE}|an article|any article) {_FIRST} {_VERB} {_X}"),
    ("order", rf"when (?:do|does|did) {_X} {_FIRST} (?P<done>appear|occur|come up|turn up){_REST}"),
    ("order", rf"in which {_ARTICLE} {_BE} {_X} (?:{_FIRST} {_MENTIONED}|{_MENTIONED.replace('done', 'done2')} {_FIRST.replace('order', 'order2')})"),
    ("order", rf"(?:{_WHICH}|when|where) (?:is|was|are|were|'s|does|do) (?:the )?(?:very )?{_FIRST} (?:mentions?|references?) (?:of|to) {_X}(?: made| appear| published)?"),
    ("order", rf"(?:{_LIST} )?(?:the )?(?:very )?{_FIRST} (?:mention|reference) (?:of|to) {_X}"),
    ("order", rf"{_WHICH} (?:is|was) (?:the )?(?:very )?{_FIRST} {_ARTICLE} (?:{_VERB}|to (?P<verb2>mention|refer to|discuss|cover)|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("order", rf"when was (?:the )?(?:very )?{_FIRST} {_ARTICLE} (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X} (?:published|written|printed)"),
    ("order", rf"(?:{_WHICH} )?{_ARTICLE} (?:{_FIRST} {_VERB}|was (?:the )?{_FIRST.replace('order', 'order2')} to (?P<verb2>mention|refer to|discuss|cover)) {_X}"),
    ("order", rf"{_WHICH} {_ARTICLE} (?P<verb>mention(?:s|ed)?|refer(?:s|red)? to) {_X} {_FIRST}"),
    ("extreme", rf"(?:{_WHICH} (?:is|are|was)|{_LIST}) (?:the )?(?:very )?{_FIRST} (?P<item>articles?|text|file){_END}"),
    ("extreme", rf"{_WHICH} {_ARTICLE}(?: {IN_ARCHIVE})? (?:is|are|was) (?:the )?(?:very )?{_FIRST}{_END}"),
    ("extreme", rf"when (?:is|was) (?:the )?(?:very )?{_FIRST} (?P<item>article|text)(?: {IN_ARCHIVE})? (?:published|written|printed|from|dated){_END}"),
    # outlets
    ("first outlet", rf"(?:(?P<who>who)|{_WHICH} {_OUTLET}) (?:was (?:the )?first to (?P<verb2>report on|report about|report|mention|cover|write about)|first {_OUTLET_VERB}) {_X}"),
    ("first outlet", rf"(?:(?P<who>who)|{_WHICH} {_OUTLET}) {_OUTLET_VERB} {_X} first"),
    ("outlets", rf"(?P<lead>{_WHICH}|how many|{_LIST})(?: of the)?(?: different| other| independent)? {_OUTLET} {_OUTLET_VERB} {_X}"),
    ("outlets", rf"(?:by|in) (?P<lead>which|what|how many) {_OUTLET} {_BE} {_X}(?: been)? {_MENTIONED}{_REST}"),
    ("all outlets", rf"(?P<lead>how many|{_WHICH}|{_LIST})(?: different)? {_OUTLET}(?: (?:{IS_THERE}|(?:do|does|did) {_ARCHIVE} (?:come|stem) from|published {_ARCHIVE}|are (?:represented|included|covered)|{IN_ARCHIVE}))?{_END}"),
    # how often
    ("mentions", rf"how (?:many times|often|frequently) {_BE} {_X}(?: been)? {_MENTIONED}{_REST}"),
    ("appears", rf"how (?:many times|often|frequently) (?:do|does|did|is|are|was|were) {_X} {_APPEARS}{_REST}"),
    ("mentions", rf"how (?:many times|often|frequently) (?:do|does|did|have) {_ARCHIVE} (?P<verb>mention(?:ed)?|refer(?:red)? to|name|use|contain) {_X}"),
    ("mentions", rf"(?:how many|(?:what is )?the number of|count(?: the| all)?) mentions (?:of|for) {_X}(?: {IS_THERE})?"),
    # dates
    ("days", rf"(?:{_WHICH}|over (?:which|what)|from (?:which|what))(?: (?:is|are) the)? (?:dates?|days|periods?|time ?span|time ?frame|time period|years?|date range|span of time|range of dates)(?: range)? (?:(?:do|does|is|are|of)(?: covered by)? {_ARCHIVE}(?: (?:cover|span|from|covered|come from|date from))?|(?:is|are) covered(?: by {_ARCHIVE})?)"),
    ("days", rf"(?:from when(?: (?:to|until) when)?|how old|when) (?:are|is|were|was) {_ARCHIVE}(?: (?:from|published|written|dated))?"),
    ("days", rf"how far back (?:do|does) {_ARCHIVE} (?:go|reach)"),
    ("undated", rf"(?:how many|{_WHICH}) {_ARTICLE} (?:are|is|were|have|has) (?:(?P<dated>dated|a (?:known )?(?:publication )?dates?)|undated|not dated|no (?:known )?(?:publication )?dates?|without (?:a )?(?:known )?(?:publication )?dates?|of unknown dates?){_END}"),
    ("undated", rf"how many (?:undated|(?P<dated>dated)) {_ARTICLE} {IS_THERE}{_END}"),
    # who made them
    ("by", rf"(?P<lead>how many|{_WHICH}|{_LIST}) {_ARTICLE} (?:(?:are|were|was|is|have been) )?(?:there )?(?:(?:written|published|printed|authored) )?(?P<made>by|from) {_BY} (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("by", rf"(?P<lead>how many|{_WHICH}|{_LIST}) {_ARTICLE} (?:(?:are|were|was|is|have been) )?(?:there )?(?:(?:written|published|printed|authored) )?(?P<made>by|from) {_BY}(?: {IS_THERE})?{_END}"),
    ("made", rf"(?P<lead>how many|{_WHICH}) {_ARTICLE} (?:did|has|have|does) (?!been ){_BY} (?:writt?en?|wrote|publish(?:ed)?|r[ua]n|carry|carried|print(?:ed)?|produced?|have)(?: (?P<verb>about|on|mentioning) {_X})?"),
    # which articles, how many
    ("negated", rf"(?P<lead>how many|{_WHICH}|{_LIST})(?: of the| of these)? {_ARTICLE}(?: that| which)? (?:(?:do|does|did)(?: not|n['’]t)|never) (?P<verb>mention|refer to|contain|discuss|cover|talk about) {_X}"),
    ("count", rf"(?P<lead>how many|number of)(?: of)?(?: the| these| those| all(?: the)?| our| my)? {_ARTICLE}(?: {IN_ARCHIVE}| published| written)? {_VERB} {_X}"),
    ("count", rf"(?P<lead>how many) {_ARTICLE}(?: {IN_ARCHIVE})?(?: are there| do (?:you|we) have)? {_ON} {_X}(?: {IS_THERE})?"),
    ("count", rf"(?P<lead>how many) {_ARTICLE} (?:are there|do (?:you|we) have) (?:{_VERB}|in which (?P<verb2>we find|there is)) {_X}"),
    ("count", rf"(?P<lead>how many) {_ARTICLE} (?:were|was|have been|are|got) (?:written|published|printed|run|filed|done) (?P<verb>about|on) {_X}"),
    ("count", rf"(?:what is |count |give me )?(?P<lead>(?:the )?(?:total )?number of|count)(?: the)? {_ARTICLE} (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("passive", rf"in (?P<lead>how many|which|what)(?: of the| of these)? {_ARTICLE} {_BE} {_X}(?: been)? {_MENTIONED}{_REST}"),
    ("passive", rf"in (?P<lead>how many|which|what)(?: of the| of these)? {_ARTICLE} (?:do|does|did|is|are) {_X} {_APPEARS}{_REST}"),
    ("passive", rf"(?P<lead>how many|which|what)(?: of the)? {_ARTICLE} {_BE} {_X}(?: been)? {_MENTIONED} in"),
    ("count", rf"(?P<lead>which|what)(?: of the| of these)? {_ARTICLE}(?: {IN_ARCHIVE})? {_VERB} {_X}"),
    ("count", rf"(?P<lead>which|what) {_ARTICLE} (?:is there|are there|do (?:you|we) have) (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("count", rf"(?P<lead>{_LIST}) {_ARTICLE}(?: {IN_ARCHIVE})? (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("all", rf"(?:how many|(?:what is )?(?:the )?(?:total )?number of) {_ARTICLE}(?: (?:{IS_THERE}|{IN_ARCHIVE}))?{_END}"),
    ("all", rf"how (?:big|large) is {_ARCHIVE}"),
    ("list", rf"(?:{_LIST}|{_WHICH}) {_ARTICLE} {IS_THERE}{_END}|list (?:all |the |all the )?articles{_END}"),
    ("of outlet", rf"(?P<lead>how many|{_WHICH}|{_LIST}) {_BY} (?P<item>articles?|stories|pieces) (?:{_VERB}|{_ON.replace('verb', 'verb3')}) {_X}"),
    ("of outlet", rf"(?P<lead>how many) {_BY} (?P<item>articles?|stories|pieces) {IS_THERE}{_END}"),
    # whether
    ("whether", rf"(?:do|does|did|have|has) (?P<each>any|all|every|some|the|these|an|a|one)(?: one)?(?: of)?(?: the| these)? (?:{_ARTICLE}|archive|collection|corpus) {_VERB} {_X}"),
    ("whether", rf"(?:do|does|did|have|has) any(?: of the)? {_OUTLET} {_OUTLET_VERB} {_X}"),
    ("whether", rf"(?:is|are) there (?:any|an?|some)? ?(?:{_ARTICLE} (?:{_VERB}|{_ON.replace('verb', 'verb3')})|(?:mentions?|references?) (?:of|to)) {_X}"),
    ("whether", rf"{_BE} {_X} (?:been |ever |even |anywhere |also )*(?P<done>mentioned|referred to|referenced){_REST}"),
)  # fmt: skip
FORMS = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _PATTERNS)
