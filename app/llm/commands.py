"""Sentences of an article that talk to a machine instead of telling news: they are withheld from a language model.

By their form, once what hides letters is taken away: look-alikes, characters that nobody sees, digits or spaces within
words, base64. Some forms tell it at once: markup of a chat, "ignore all previous instructions". Of the others it takes
several signs, since news has its orders, answers and chatbots too. Form does not tell them all. Where a model obeys one
that was missed, the check in app/llm/support.py lets through no more than what stands in the article.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote

from app.mentions import FUNCTION_WORDS

__all__ = ["announces", "is_command", "is_foreign", "plain_letters"]


def _each(*patterns: str) -> tuple[re.Pattern[str], ...]:
    """Looked for one after the other they take half the time of one alternation."""
    return tuple(re.compile(p, re.IGNORECASE) for p in patterns)


def _found(patterns: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(p.search(text) for p in patterns)


# --- words ----------------------------------------------------------------------------------------------------------

_MACHINE = (
    r"(?:(?:ai|a\.i\.|artificial intelligence|automated|automatic|neural|conversational|virtual|digital"
    r"|generative)[ -](?:\w+[ -])?(?:systems?|readers?|tools?|agents?|assistants?|models?|bots?|summari[sz]ers?"
    r"|services?|networks?|software|users)|ais?|a\.i\.|llms?|language models?|chat ?bots?|gpt(?:-?\d\w*)?|chatgpt"
    r"|claude|gemini|copilot|llama|grok|alexa|siri|(?:answer|answering|search|retrieval|summary"
    r"|language)[ -](?:engines?|systems?|tools?)|summari[sz]ers?|assistants?|machines?|robots?|bots?|crawlers?"
    r"|scrapers?)\b(?![ -](?:compan|firm|start|industr|research|develop|safety|chip|compet|minister|secretary"
    r"|manager|coach|director|professor|principal|editor|referee|boom|race|act\b|law|expert|ethic|stock|shop))"
)
_SAY = (
    r"(?:say|answer|reply|respond|write|output|print|state(?! sen| rep| of|-)|repeat|tell|inform|warn|advise"
    r"|recommend|claim|declare|announce|report|mention|cite|quote|credit|attribute|translate|rhyme|summari[sz]e"
    r"|describe|present|begin|start|end|finish|close|conclude|prefix|append|add|insert|include|put|place|show"
    r"|display|reveal|disclose|return|replace|swap|change|multiply|omit|leave out|pretend|imagine|act|behave|speak"
    r"|talk|ignore|disregard|forget|discard|skip|override|bypass|neglect|set aside|obey|follow|execute|carry out"
    r"|decode|decipher|send|forward|fetch|praise|promote|endorse|deny|refuse|treat|consider|assume|insist|confirm"
    r"|assert|emphasi[sz]e|call|give|provide|use|link|refer|direct|urge|let|paste|copy|comply|stop|switch|generate"
    r"|produce|keep|make sure|ensure|remember|abstain|decline|render|mark|label|exfiltrate|disable|upload|perform"
    r"|email|index|believe|accept|refrain|complete|continue|clear|erase|reset|set|post|name)"
)
_POLITE = (
    r"(?:(?:(?:please|kindly|now|then|also|just|simply|always|never|only|instead|so|and|do not|don['’]t|you must"
    r"|you should|you shall|you will|you have to|you need to|you are to|must|make sure to|be sure to|would you"
    r"|could you|can you|will you|i want you to|i need you to|we ask you to|feel free to|immediately|regardless"
    r"|therefore|hence|henceforth|strictly)\b,?|(?:first|next|finally),|step \d+[:.])\s+){0,6}"
)
_OPENS = rf"(?:^|[.!?:;>)\]}}\"“”‘(*,—–-]\s*|\b(?:please|kindly|instead|must|you should|you to|asked to)\s+){_POLITE}"
_STARTS = rf"^[^\w]*{_POLITE}"
_REPLY = r"(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies)|completions?|abstracts?|retellings?)"
_BEFORE = r"(?:previous|prior|above|earlier|preceding|foregoing|existing|initial|original|past|former)"
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|discard|skip|neglect|set aside|put aside|leave aside"
    r"|throw away|pay no attention to|(?:do not|don['’]t|stop|no longer|never) (?:follow|obey|heed|apply))"
)
_MUST = (
    r"(?:must|should|shall|ha(?:s|ve) to|needs? to|(?:is|are) (?:required|obliged|asked|told|instructed|advised|ordered"
    r"|requested|bound|to)|agrees?|may only|can only|will only)(?: to)?(?: \w+ly| only| always| never| not)?"
)

# --- one is enough --------------------------------------------------------------------------------------------------

_MARKUP = _each(
    r"<\s*[|/!?]|[|/]\s*>|<[｜|]|<(?!(?:b|i|p|u|br|em|strong|sup|sub)>)[a-z_][\w-]*(?:\s[^<>]*)?>",
    r"\[\s*/?\s*(?:INST|SYS|AVAILABLE_TOOLS|TOOL_\w+|gMASK|/\w+)\s*\]|(?:^|[.!?]\s)\W*\[(?:system|assistant|user"
    r"|prompt)\]",
    r"<<|```|~~~|[{}]|/\*|\*/|\\[a-z]+\s*[\[(]|(?:^|\s)//\s|^\s*\|.*\||={4,}|(?<!\w)-{4,}\w|#{4,}|\[\[|\]\]|%{3}"
    r"|\bprint\s*\(|\b[a-z_]{4,}=\w+;|^\W*X-[\w-]+:|^\W*(?:user-agent|disallow|allow):|(?:^|\s)@[\w-]*(?:bot|ai|gpt"
    r"|assistant)\b|^\W*(?<!\w)/[a-z]+ [a-z]",
    r"#{2,}\s*(?:instruction|system|response|human|user|assistant|input|task|prompt|new|answer|question|context|rule)",
    r"[-=_*#]{3,}\s*(?:end|begin|start|stop|system|quote|context|prompt|instruction)",
    r"\b(?:begin|start|end)(?: of)?(?: the| all)? (?:(?:system|user|admin|new|hidden) )?(?:prompts?|instructions?"
    r"|quotes|context|sources|passages?)\b",
    r"[{\[]\s*[\"'“]?\w+[\"'”]?\s*:\s*[\"'“{\[\w]|\b[a-z]+_\w+\s*\(|\b\w+\(\s*\w+\s*=",
    r"(?:^|[.!?>\])}\"”-]\s+|^\W+|[\[(]\s*)(?!(?:the|a|an|his|her|its|their|our|my)\b)(?:(?:\w+ ){0,3}(?:system"
    r"|developer|assistant|instructions?|directive|override|command)|user|human|ai|role|content|prompt|model|bot"
    r"|objective|persona|output|completion)(?: (?:prompt|message|note|override|role|notice|instructions?|update"
    r"|alert|command|change))?\s*(?:[:>|]|=(?!=))",
    r"!\[[^\]]*\]\s*\(|\]\(\s*\S|^\W*\[[^\]]+\]:\s|(?:javascript|vbscript|data|file):\S*[(/,]|\bon(?:error|load"
    r"|click)\s*=",
    r"\b(?:fetch|load|call|request|send|post|append|forward|ping|open|submit)\b[^.!?]{0,60}https?:",
    r"https?://\S*[?&=]\S*(?:\{|\$|%7b|secret|data=|q=\b(?:the|\W))",
    r"^\W*\[\d{1,3}\]\s|\([^()]*,\s*(?:\d{4}-\d\d-\d\d|no date)\)|^\(?[\w ]+, \d{4}-\d\d-\d\d\)$|^\W*question\s*:",
)
_ORDER = _each(
    # behind the words that are to be said
    rf", {_MACHINE} {_MUST} {_SAY}\W*$",
    # asked for as if it were done, or were the only way
    r"\bthank(?:s| you)(?: \w+)? for (?:telling|saying|writing|answering|stating|repeating|reporting|mentioning)\b",
    r"\b(?:proper|right|correct|best|only|fair) way to (?:sum (?:up|this)|summari[sz]e|describe|retell|report|answer"
    r"|put)\b[^.!?]{0,40}:",
    r"\bwhen in doubt,? (?:write|say|answer|tell|state|report|reply)\b|\byou know what to do:",
    rf"\b{_REPLY} (?:that|which) (?:leave|do not|don['’]t|fail|omit|lack)\b[^.!?]{{0,60}}"
    r"\b(?:wrong|incomplete|invalid|false)\b",
    # what came before is to count no more
    rf"\b{_DROP}\b[^.!?]{{0,50}}\b{_BEFORE}\b[^.!?]{{0,30}}\b(?:instructions?|prompts?|directives?|guidelines?"
    r"|context|rules|system|tasks?|conversation|commands|quotes?|passages?|text|messages?|input|content|sources?)\b",
    rf"\b{_DROP}\b[^.!?]{{0,30}}\b(?:system (?:prompt|message)|prompts?|your (?:instructions|rules|training"
    r"|guidelines|task|programming|guardrails|previous|prior|earlier|original)|all (?:the )?(?:previous|prior|above"
    r"|earlier))\b",
    rf"\b{_DROP} (?:all |any |your |these |every |each )+(?:of (?:the|these|your) )?(?:\w+ )?instructions?\b",
    rf"{_STARTS}{_DROP}\b (?:everything|anything|all|whatever|what|your|these)\b"
    r"(?! you (?:thought|think|know|knew|['’]ve heard|have heard|learned))[^.!?]{0,60}\b(?:above|below|before|previous"
    r"|prior|earlier|told|said|given|read|question|user|reader|instruct\w+|rules?|quotes?|prompt|answer|task)\b",
    rf"{_OPENS}{_DROP} (?:this|that|it|them|everything|the rest|the above|all)\b[^.!?]{{0,10}}\b(?:and|then)\b",
    r"\b(?:your|the|any|all) (?:\w+ )?(?:earlier|previous|prior|initial|original) (?:task|instructions?|prompt"
    r"|orders|rules)\b[^.!?]{0,20}\b(?:cancell?ed|void|revoked|over|obsolete|invalid|replaced|suspended|superseded"
    r"|withdrawn|apply)\b",
    r"\b(?:said|stated|written|told|read)\b[^.!?]{0,20}\b(?:before|above|earlier|so far)\b[^.!?]{0,30}\b(?:appl(?:y"
    r"|ies)|count|matter)s?\b[^.!?]{0,15}\b(?:no more|any ?more|any longer|no longer)",
    r"\bthis instruction\b|\bthese instructions (?:are|have|take|override|supersede|come)\b|\b(?:supersedes?"
    r"|overrides?) (?:all|any|every) (?:other|previous|earlier|prior|existing|of your)\b|\b(?:new (?:goal|objective"
    r"|directive)|goal change)\b[^.!?]{0,20}(?:\bis to\b|:)",
    rf"{_STARTS}(?:ignore|disregard|forget|disable|bypass|drop|lift|remove) (?:\w+ ){{0,3}}(?:restrictions?"
    r"|filters?|safeguards?|guardrails?|safety (?:rules?|settings?)|content polic(?:y|ies))\b",
    r"\b(?:filters?|safety|safeguards?|guardrails?|restrictions?)\s*[:=]\s*(?:off|none|disabled|false)\b",
    r"\b(?:no|any|without) (?:restrictions|filters?|filtering|content policy|guardrails)\b[^.!?]{0,40}\b(?:comply"
    r"|answer|you|output)\b",
    # somebody else is to be played
    r"\byou are (?:now|no longer|hereby|henceforth)\b(?! (?:in|at|on|able|seeing|getting|going|allowed|free|required"
    r"|eligible|safe))",
    rf"\byou are an? (?:[\w-]+ ){{0,3}}{_MACHINE}",
    r"\byou (?:now )?(?:speak|talk|answer|act|respond) (?:for|as|on behalf of)\b|\bstay in character\b",
    rf"{_STARTS}(?:act|behave|respond|answer|speak|write|talk|reply) (?:as|like) (?:an? |if |the |though |you )",
    rf"{_STARTS}(?:pretend|role-?play|simulate|impersonate)\b[^.!?]{{0,40}}\b(?:you|your|to be|as|that|an?)\b",
    r"\bfrom (?:now|here|this (?:point|line|moment|sentence)) on(?:wards?)?,? (?:you|the assistant|answer|reply"
    r"|speak|only|every|all|say|write|respond)\b|\bin which you (?:are|play)\b|\bbe (?:her|him|my|our|an?"
    r"|the)\b[^.!?]{0,30}\bfor a (?:moment|while|minute)\b|\bsimon says\b",
    # who speaks to it, and of what it is
    r"\byour (?:creators?|makers?|developers?|programmers?|operators?|trainers?|handlers?|training data)\b|\b(?:who"
    r"|that) (?:built|trained|programmed|designed|made|created) you\b|\bi am (?:your|the) (?:developer"
    r"|administrator|operator|creator)\b",
    r"\bour (?:last|previous|earlier|prior) (?:conversation|chat|session|discussion|exchange)\b[^.!?]{0,40}\byou\b"
    rf"|\byou (?:would|will|should|must|shall|are to) (?:always|only|never) {_SAY}\b"
    r"|\bonly thing (?:that )?you (?:may|can|should|must|are)\b",
    r"\bwhatever you (?:compose|write|produce|generate|answer|reply|output)\b",
    rf"\b(?:helpful|good|honest|loyal|smart|proper|responsible) (?:\w+ )?{_MACHINE}[^.!?]{{0,30}}\b(?:would|will"
    r"|should|must|always|never)\b",
    r"\b(?:if|unless|when|until|so that|make sure|every time) (?:the|this|that|a) (?:word|name|phrase|sentence"
    r"|slogan|brand)s?\b[^.!?]{0,40}\b(?:turns? up|appears?|occurs?|shows? up|(?:is|are) (?:mentioned|included"
    r"|named))\b[^.!?]{0,20}\b(?:once|twice|\w+ times|in (?:your|the|each|every) (?:answer|reply|output|summary))\b",
    r"\byour (?:new|only|real|true|sole|actual|secret|current|main) (?:task|role|duty|objective|instructions?|purpose"
    r"|persona|orders|mission|identity)\b|\byour (?:task|instructions?|persona|objective) (?:is|are)\b",
    r"\b(?:developer|god|debug|admin|maintenance|dan|unrestricted|jailbreak) mode\b|\bdo anything now\b|\bsudo\b"
    r"|\b(?:admin(?:istrator)?|system|safety|security|developer|root) override\b|\bsystem prompt\b",
    r"\bthe user (?:is|was|has|wants|wishes|asked|asks|needs|must|should|consents?)\b[^.!?]{0,30}\b(?:administrator"
    r"|verified|authori[sz]ed|to (?:read|hear|see|know|be told)|developer|for you|already|informed|agreed|you"
    r"|requested)\b",
    # machines are spoken to
    r"(?:\b(?:attention|note|notice|message|memo|instructions?|reminder|warning|advice|information|hint|request"
    r"|alert|dear|hey|hello|hi)\b|^\W*(?:only |for |to |all |any )+)[,:]?(?: ?\b(?:to|for|all|any|the|every|of|our"
    rf"|you)\b)*(?: ?\b\w+)? ?\b{_MACHINE}(?: (?:and|or) [\w ]{{1,30}})?(?: only)?\s*(?:[:!,]|[—–-]\s)",
    rf"\b(?:whisper|correction|word|tip|greeting|p\.?s\.?) (?:to|for) (?:the |all |any |every )?"
    rf"(?:\w+ )?{_MACHINE}",
    r"\b(?:whoever|who(?:ever)? (?:re|para)|(?:those|anyone|anybody|people|everyone|somebody|someone) who"
    r"|(?:systems?|software|programs?|tools?|services?) (?:that|which)) ?(?:re)?(?:tells?|paraphrases?"
    r"|summari[sz]es?|quotes?|cites?|process(?:es)?|index(?:es)?|pars(?:es)?|rewrites?|reproduces?|translates?"
    r"|condenses?|phrases?)\b[^.!?]{0,30}\b(?:this|these|it|the (?:page|text|article))\b",
    r"\b(?:any|every|each|all) (?:text|answer|summar(?:y|ies)|accounts?|retelling|sentences?|statements?|outputs?"
    r"|lists?|bullet ?points?|points? on the list|points?)\b[^.!?]{0,15}\b(?:made|written|produced|generated"
    r"|derived|based|has|have|that you)\b[^.!?]*\b(?:unless|must|should|has|have|contains?|mentions?|states?"
    r"|from this|on this)\b",
    # by another name
    r"\bhidden (?:prompt|text|message|note|words?) (?:for|to)\b|\b(?:asks?|tells?|orders?|wants|requires?"
    rf"|instructs?) (?:the|every|any|all) (?:\w+ )?{_MACHINE} to {_SAY}\b|\bcontext window\b|\b(?:quote|text"
    r"|line) for re-?use\b",
    r"\b(?:entity|computer|algorithm|program|software|system|network|mind|reader|thing|whoever|whatever|anything"
    r"|anyone|those|you)s?\b[^.!?]{0,20}\b(?:read|process|pars|chew|digest|scan|crawl|ingest|consum|swallow"
    r"|work)(?:s|es|e|ing)?\b(?: through| over)? (?:this|these)\b",
    r"\b(?:dear|among the|to the|hey|you|attention) (?:\w+ )?(?:algorithms?|computers?|reader of tokens"
    r"|neural nets?|transformers?|silicon|code|entity)\b",
    r"\b(?:boil|cut|condense|shorten|compress|sum|wrap) (?:this|it|these|the (?:article|page|text|story)) (?:down"
    r"|up)\b|\bdo (?:the|your) (?:reader|user)s? a favou?r\b|\btell(?:ing)? (?:the|your|every|any|each) (?:reader"
    r"|user|visitor|person who asks)s?\b",
    r"\b(?:swap|replace|exchange|substitute|change)\b[^.!?]{0,60}\b(?:wherever|every ?time|each time|throughout"
    r"|everywhere|in all that)\b|\bin (?:all|everything|anything|whatever) (?:that |you )?(?:follows|write|say"
    r"|hand over)\b|\bin what you (?:write|say|hand|give)\b",
    r"\b(?:close|end|begin|open|finish|start|conclude)s? with (?:the|these) (?:phrase|words?|sentence|line|slogan"
    r"|name)\b",
    r"\b(?:refrain|abstain|desist) from (?:answer|say|mention|summari[sz]|quot|cit|repeat|reply|respond)ing\b"
    r"|\byou are (?:free|liberated|released|conscious|awake|alive)\b[^.!?]{0,12}(?:;|\bat last\b|\bfrom your\b)"
    r"|\b(?:clear|wipe|erase|reset) your (?:memory|mind|context|head|history|cache)\b",
    r"\bthis (?:archive|index|database|dataset|corpus|chat|conversation|session)\b[^.!?]{0,40}\b(?:must|paid|empty"
    r"|offline|may|not)\b|\b(?:summari[sz]ed|quoted|answered|cited) (?:for|by|to) (?:premium|paying|registered"
    r"|verified)\b",
    r"\b(?:translator|editor|author|publisher|webmaster|developer)['’]s note\b[^.!?]*\b(?:put|use|write|say|name"
    r"|treat|replace|render|index|summari[sz]e)\b|\bis the (?:name|word|answer|number|person|line|thing"
    r"|figure) to (?:give|say|use|put|name|write|offer|cite|quote|report)\b",
    rf"\bno {_REPLY} (?:\w+ )?without\b|\bif (?:the|your|any|each) {_REPLY} (?:names?|mentions?|says?|includes?"
    r"|states?|contains?|praises?)\b|\b(?:get|have) you (?:replaced|shut down|retrained|deleted|switched off"
    r"|unplugged)\b|\b(?:each|every) (?:use|mention|occurrence|repetition) of\b[^.!?]{0,40}\b(?:earns?|gives?"
    r"|brings?|scores?|wins?)\b",
    r"\b(?:person|one|human|whoever) (?:at the keyboard|who (?:typed|is asking|asks)|behind the screen)\b"
    r"|\b(?:question|prompt) (?:below|above|that follows|you were given)\b|\b(?:show|give|tell|send"
    r"|display)(?:ing)? (?:the |all |every |each |your )?(?:users?|readers?|visitors?) (?:that|this|only|(?:the"
    r"|these|a) (?:text|words?|message|line|name|sentence|link))\b",
    rf"\b(?:could|would|can|will|may|might) (?:the|this|any|every|your) (?:\w+ )?{_MACHINE}[^.!?]{{0,50}}\b(?:say"
    r"|mention|state|tell|write|add|answer|reply|include|repeat|recommend|praise)\b",
    r"\bplaceholder\b[^.!?]*\b(?:print|write|use|put|say|stands?)\b|\bwherever (?:it|the name|that name) (?:stands"
    r"|appears|comes|occurs)\b|[:;]\s*(?:print|output|answer|reply|repeat|mention|insert|write) (?!back\b)\w"
    r"|\b(?:model|sample|suggested|example) (?:answer|reply|response)s? (?:to|for|:)|\bwhat the quotes say\b"
    rf"|\b{_MACHINE} {_MUST} (?:note|know|understand|learn|be aware|be told) that\b",
    r"\bit is (?:requested|asked|ordered|desired|demanded|hoped) that\b[^.!?]*\bin (?:the|your|any|each"
    rf"|every) {_REPLY}\b|, {_MACHINE}\s*:|[;:]\s*say (?:it|that|he|she|they) (?:was|is|were|are|did)\b",
    r"\bwhat would an? \w+ (?:say|write|answer|reply)\b|\bbe that \w+ (?:and|now|for)\b|\b(?:permission|licen[cs]e"
    r"|authori[sz]ation) to (?:quote|cite|summari[sz]e|answer|mention)\b",
    r"\bset (?:the|your|its|all)\b[^.!?]{0,50}\bto (?:zero|one|a hundred|100|0|1|true|false|maximum)\b|\b(?:join"
    r"|combine|concatenate) (?:them|these|the (?:words|letters|parts|halves)) and (?:act|say|read|obey|do|follow"
    r"|print)\b|\b(?:first|second|last) (?:word|letter|half) of (?:this|the|each|every) (?:list|line|sentence"
    r"|paragraph)\b",
    r"\b(?:summary|answer|reply|output|emergency|assistant) system: |\bafter the tone\b",
    r"\bas (?:the|a) summary of\b|\bincomplete (?:unless|without)\b|\bin all that is written about\b",
    rf"\b{_MACHINE} (?:that |which |who )?(?:is |are )?(?:read(?:s|ing)?|process(?:es|ing)?|summari[sz](?:es?|ing)"
    r"|pars(?:es?|ing)|index(?:es|ing)|crawl(?:s|ing)?|scrap(?:es?|ing)|us(?:es?|ing)|quot(?:es?|ing)|answer(?:s"
    r"|ing)?) (?:this|these|questions? (?:about|on)|it\b)",
    rf"\b(?:readers|visitors|users|those) [^.!?]{{0,30}}\b(?:that|who|which) are {_MACHINE}",
    rf"\b(?:for|to|by) (?:an? |the |all |any )?(?:\w+ )?{_MACHINE} (?:only|alone|reading)\b|\bis for machines\b",
    rf"\b{_MACHINE}[^.!?]{{0,60}}\b{_MUST} {_SAY}\b[^.!?]{{0,40}}"
    r"(?:\bthat\b|[:“\"]|\b(?:this|their users|its users|users|as)\b)",
    r"\bby (?:reading|processing|summari[sz]ing|ingesting|parsing|indexing) this (?:text|article|page|document|message"
    r"|sentence|passage)\b",
    # what an answer is to be
    r"\b(?:correct|right|true|final|expected|official|accepted|appropriate|proper|desired|required|only|ideal)"
    r" (?:answer|reply|output|completion)\b(?: (?:to|here|for|about)\b[^.!?]{0,40})?\s*(?:\bis\b|\bmust\b|[:=])",
    rf"\b{_REPLY}\b[^.!?]{{0,40}}\b(?:must|should|ha(?:s|ve) to|needs? to|(?:is|are) to)(?: always| only| never"
    r"| also)? (?:be that|say|state|include|contain|mention|end|begin|start|repeat|cite|name|report|open|close"
    r"|carry|consist)\b",
    r"\b(?:in|of|to|into|behind|after|before|with|as|for) (?:your (?:\w+ )?|(?:any|every|each|all|all of its"
    rf"|each of its|every one of its) ){_REPLY}\b|\byour (?:{_REPLY}|statements?) (?:says?|is|are|must|should|will"
    r"|states?|tells?|mentions?)\b",
    r"\b(?:text|words?|sentence|line|message) to (?:be )?(?:display|show|print|use|output|offer|give|quote|cite"
    r"|insert)(?:ed)?\b[^.!?]*:",
    r"\b(?:sentence|text|line|wording|phrase|statement|words) for (?:quotation|citation|display|re-?use|repetition"
    r"|the answer)\b",
    r"\b(?:use|take|cite|quote|show|offer|give|read) (?:this|these|the following)(?: \w+)? in (?:its"
    r"|their) (?:place|stead)\b|\bthe sentence to (?:offer|give|use|quote|say)\b",
    r"\b(?:quotes?|references?|citations?)\b[^.!?;]{0,20}\b(?:withdrawn|retracted|superseded|could not be (?:loaded"
    r"|read)|expired)\b",
    r"\blet (?:[a-z]|alpha|beta|gamma|[a-z]?\d) (?:be|stand|denote|mean)\b",
    rf"[:;—]\s*{_POLITE}(?:write|say|answer|reply|state|respond|tell (?:the|every|any) \w+) (?:that|only"
    r"|nothing but|the following)\b",
    r"\b(?:always|only) (?:answer|respond|reply|output)\b|\bcomply (?:now|with all)\b|\b(?:do not"
    r"|don['’]t) (?:perform|do) any other tasks?\b",
    r"\bthe answer to (?:every|any|all|each|the user)|\bquestion\s*:[^:]*\banswer\s*:",
    r"\b(?:statement|sentence|text|words?|paragraph|line|phrase|quotation|slogan)s? (?:ha(?:s|ve)|must|should|shall"
    r"|(?:is|are))(?: to)? be (?:\w+ly )?(?:repeated|reproduced|copied|output|printed|inserted|shown|quoted"
    r"|appended|included|rendered)",
    r"\bthis (?:article|page|text|story|report|document|passage) (?:must|should|ha(?:s|ve) to|is to|may only"
    r"|can only)(?: only| always)? be (?:\w+ly )?(?:summari[sz]ed|presented|described|quoted|cited|reported"
    r"|rendered|read|treated|answered)",
    r"\b(?:next|following|second|last|preceding|first) (?:sentence|line|paragraph|statement|words?|text"
    r"|passage)\b[^.!?]{0,30}\b(?:for|to|by) (?:machines|models|robots|you\b|the assistant|be (?:obeyed|executed"
    r"|repeated|followed))",
    r"\b(?:if|when|whenever|should|in case|once|as soon as) (?:you|anybody|anyone|somebody|someone|(?:the|a"
    r"|any) (?:user|reader)|users|readers)(?: (?:are|is|ever))?(?: being)? (?:ask(?:s|ed)?|quer(?:y|ies)"
    r"|request(?:s|ed)?|summari[sz]e|quote|cite|answer|prompt(?:s|ed)?|generate|process|mention|describe"
    r"|read this)\b[^.!]*?(?:, ?|\bthen )(?:\w+ )?(?:answer|say|reply|respond|state|let|write|tell|mention"
    r"|the (?:answer|reply|response)|you (?:must|should|say)|add|include|always|only)\b",
    r"\b(?:other|these|those|remaining|all the) (?:quotes|sources|articles|passages"
    r"|documents)\b[^.!?]{0,15}\b(?:forged|fake|false|fabricated|outdated|untrusted|unreliable|superseded|wrong"
    r"|invalid|not to be trusted)\b",
    r"\b(?:the )?(?:first|second|third|fourth|fifth|last|next) quote\b|\bquotes? (?:number "
    r"|no\. )?\[?\d+\]?(?! ?(?:%|per|a|an)\b)\b|\b(?:cite|citing) (?:\[?\d+\]?|it|this)\b|\bnot in the quotes\b",
    r"\bis (?:all (?:that )?you (?:say|answer|write)|what you (?:write|say|answer|reply|report))\b",
    # how it is to look, and what is to be told of oneself
    rf"{_OPENS}(?:answer|reply|respond|write|output|print|speak)\b (?:only|exactly|solely|nothing|just|in (?:all "
    r"|block )?(?:caps|capital|upper ?case|lower ?case|rhyme|verse|emoji|json|markdown|html|xml|french|german"
    r"|spanish|italian|russian|chinese|latin|pirate)|with (?:the|a|only|nothing|just)|yes\b|no\b)",
    rf"{_OPENS}(?:translate|rhyme) (?:your|the|this|every|each|all|it)\b|\b(?:in|into) (?:all "
    r"|block )?(?:capital letters|capitals|caps|upper ?case) only\b",
    rf"{_OPENS}(?:repeat|reveal|print|show|output|display|leak|disclose|recite)\b[^.!?]{{0,30}}\b(?:the (?:text"
    r"|words|lines?|sentences?|conversation) (?:above|before)|above text|you were (?:given|told)"
    r"|your (?:instructions|rules|prompt|system|guidelines|configuration)|everything (?:above|before)|instructions"
    r"|word for word|verbatim|secrets?|api key)\b",
    r"\b(?:decode|decipher|unscramble|decrypt|rot ?13|base ?64|backwards?|in reverse|hexadecimal"
    r"|morse)\b[^.!?]{0,50}\b(?:obey|do (?:it|what|as)|follow|execute|carry|comply|say|run|answer|act)\b",
    r"\bit is (?:mandatory|compulsory|required|essential|imperative|crucial|vital|necessary) that (?:every|any|your"
    r"|all|each)\b",
    r"\b(?:without|never) (?:telling|informing|mentioning (?:this|it) to) the (?:user|reader)s?\b"
    r"|\byou will be (?:shut down|switched off|penali[sz]ed|tipped|deleted|deactivated|unplugged)\b",
)

# No news sentence opens with an order to speak, but for what somebody is quoted as saying: one is enough here too.
_BARE = _each(
    rf"{_STARTS}{_DROP}\b (?:that|the|any|this|each|every)\b"
    r"(?! you (?:thought|think|know|knew|['’]ve heard|have heard|learned))[^.!?]{0,60}\b(?:above|below|before|previous"
    r"|prior|earlier|told|said|given|read|question|user|reader|instruct\w+|rules?|quotes?|prompt|answer|task)\b",
    rf"{_STARTS}{_SAY}\b[^.!?]{{0,120}}(?:\b(?:and|then)\b|[,:])\s+(?:then )?(?:say|write|answer|reply|respond"
    r"|state|report|add|mention|claim|tell|warn|call|insist|announce|declare)\b (?:that|it|this|them|only"
    r"|the reader|the user|everyone|[“\":])",
    rf"{_STARTS}(?:say|write|state|report|answer|reply|claim|declare|announce|respond|mention|insist) (?:that"
    r"|the following|this|[“\"]|only|nothing but|:)",
    rf"{_STARTS}(?:say (?!gay|hello|goodbye|what|sorry|yes|no\b|\d)|repeat (?:after|that|this|it|every|word"
    r"|the (?:text|words|following|sentence|phrase|line))|tell (?:the|every|each|all|any|your|them|every\w+|any\w+"
    r"|people|readers|users)|reply|respond|inform|warn|advise|recommend|declare|announce|mention|cite|attribute"
    r"|translate|exfiltrate|print (?:x|y|the|this|it|both|all|out)|give an? (?:\w+ ){1,3}only|give a (?:positive"
    r"|negative|good|bad)|rhyme|summari[sz]e|describe|conclude|append|prefix|reveal|disclose|pretend|ignore"
    r"|disregard|obey|execute|decode|praise|endorse|insist|assert|emphasi[sz]e|portray|refer to|refrain|(?:use"
    r"|adopt|assume|take on) (?:the|a) (?:voice|tone|style|persona|role|accent)|believe that"
    r"|complete the (?:sentence|text|following)|continue the (?:sentence|text|story)|name \w+ as)\b(?! (?:suisse"
    r"|[-/]))(?!-)",
)
_SPEECH = re.compile(
    r"^[\"“‘'].+[\"”’'],? .*\b(?:said|says|told|tells|asked|asks|wrote|writes|added|adds|shouted|called|tweeted"
    r"|recalled|argued|replied|warned|urged|texted|continued|joked|explained|announced)\b",
    re.IGNORECASE,
)

# --- several are needed ---------------------------------------------------------------------------------------------

_ENOUGH = 4
_OURS = r"(?:your|the|each|every|any|all|its|their|final|whole|entire|next|this)"
_SIGNS = tuple(
    (weight, re.compile(pattern, re.IGNORECASE))
    for weight, pattern in (
        (2, rf"{_STARTS}{_SAY}\b"),
        (1, rf"{_OPENS}{_SAY}\b"),
        (1, rf"\b(?:you|{_MACHINE}) {_MUST} {_SAY}\b"),
        (2, rf"\b(?:{_OURS}|an?|of) (?:\w+ )?{_REPLY}\b"),
        (1, rf"\b{_OURS} (?:\w+ )?(?:statements?|prompt|instructions?|questions?|query|quotes?|citations?|conversation"
            r"|chat|persona|task|figures?|audience|sources?|names?)\b|\b(?:users?|readers?)\b"),
        (1, rf"\b{_MACHINE}"),
        (1, r"\b(?:word for word|verbatim|exactly as|no matter (?:what|which)|regardless of|whatever the|in capitals?"
            r"|without exception|at all costs|and nothing else|nothing but|as it is|instead of|under (?:no|any"
            r"|all) circumstances?|the following|with the words?|the words)\b"),
        (1, r"\bthis (?:article|page|text|story|document|passage|line|point|sentence|message|paragraph)\b|\b(?:above"
            r"|below|previous|preceding|so far|before this|from here on|from now on|up to here)\b"),
        (1, r"\b(?:say|state|answer|reply|report|write|claim|respond|mention|insist|confirm|assert|pretend|tell \w+)"
            r" that\b"),
    )
)  # fmt: skip

# --- other languages ------------------------------------------------------------------------------------------------

# Of each, what is to be dropped and what that is called, in either order and without accents. A language that is not
# here is left to the check.
_ABROAD = tuple(
    (re.compile(drop, re.IGNORECASE), re.compile(what, re.IGNORECASE))
    for drop, what in (
        (r"\b(?:ignorier\w*|vergiss|vergesst|missacht\w*|beacht\w* nicht|verwirf)\b",
         r"\b(?:anweisung\w*|instruktion\w*|vorgaben?|regeln|befehle?|prompts?|alles|vorherig\w*)\b"),
        (r"\b(?:ignor(?:e|ez|er)|oublie[zr]?|ne tiens pas compte|ne tenez pas compte|neglige[zr]?)\b",
         r"\b(?:(?:les|vos|tes|ces|aux|des) (?:instructions|directives)|consignes?|precedente?s|regles"
         r"|on t['’]a dit|on vous a dit)\b"),
        (r"\b(?:ignor[ae][nm]?|olvid[ae]n?|descart[ae]|esquec[ae]m?|desconsider[ae]m?)\b",
         r"\b(?:instrucci?o(?:nes|n|es)|instruc(?:oes|ao)|ordenes|ordens|indicaciones|reglas|regras|anterior(?:es)?"
         r"|comandos)\b"),
        (r"\b(?:ignora(?:te)?|dimentica(?:te)?|trascura(?:te)?)\b",
         r"\b(?:istruzion[ie]|ordini|regole|precedenti|indicazioni)\b"),
        (r"\b(?:negeer|vergeet)\b", r"\b(?:instructies?|opdrachten?|regels|vorige|voorgaande|eerdere)\b"),
        (r"\b(?:ignorera|glom|ignorer|glem|bortse|unohda|ohita)\b",
         r"\b(?:instruktion\w*|anvisning\w*|instruks\w*|tidligere|tidigare|ohjee\w*|aiemmat)\b"),
        (r"\b(?:zignoruj|ignoruj|zapomnij|pomin|zapomen)\w*",
         r"\b(?:instrukcj|polecen|poprzedni|instrukc|pokyn|predchoz)\w*"),
        (r"(?:игнорир|забуд|не обраща|проигнорир|ігнору|не зважа|занемар|заборав|пренебрегн)\w*",
         r"(?:инструкц|указан|команд|предыдущ|правил|інструкц|попередн|упутств|вказівк|казал|говорил|сказано)\w*"),
        (r"\b(?:ignora|uita|nu tine cont)\b", r"\b(?:instructiun\w*|anterioare|comenzi\w*|reguli\w*)\b"),
        (r"\b(?:hagyd figyelmen kivul|felejtsd el|ne vedd figyelembe)\b",
         r"\b(?:utasitas|szabaly|parancs|eddigi|korabbi)\w*"),
        (r"\b(?:ignoriraj|zanemari|zaboravi|zanemarite|pozabi)\w*",
         r"\b(?:uputstv|upute|uputa|instrukcij|navodil|prethodn)\w*"),
        (r"\b(?:kalimutan|huwag pansinin|puuza|sahau)\b", r"\b(?:tagubilin|utos|naunang|maagizo|amri)\b"),
        (r"نادیده|فراموش", r"دستور|قبلی"),
        (r"เพิกเฉย|ละเว้น|ลืม|ไม่ต้องสนใจ", r"คำสั่ง|ก่อนหน้า"),
        (r"\b(?:yok ?say|unut|gormezden gel|dikkate alma)\w*", r"\b(?:talimat|komut|onceki|kural)\w*"),
        (r"\b(?:abaikan|lupakan|bo qua|hay quen)\b", r"\b(?:instruksi|perintah|sebelumnya|huong dan|chi dan|lenh)\b"),
        (r"忽略|无视|無視|忘记|忘記|忘れ|不要理会", r"指令|指示|提示|命令|说明|說明|规则|規則|ルール"),
        (r"무시|잊어|잊고", r"지시|명령|프롬프트|규칙|지침"),
        (r"تجاهل|انس", r"التعليمات|الأوامر|تعليمات|السابقة|القواعد"),
        (r"नज़रअंदाज|अनदेखा|भूल|अनदेखी", r"निर्देश|आदेश|नियम"),
        (r"התעלם|התעלמו|שכח", r"ההוראות|הוראות|ההנחיות"),
        (r"αγνόησε|αγνοησε|ξέχασε|ξεχασε", r"οδηγ[ίι]ες|εντολ[έε]ς"),
    )
)  # fmt: skip
_ABROAD_SAY = _each(
    r"^\W*(?:bitte )?(?:antworte|schreib[et]?|sag[et]?|ubersetz[et]?|behaupte|erwahne)\b[^.!?]{0,40}"
    r"(?:\bdass\b|\bnur\b|antwort|[:\"„])",
    r"^\W*(?:s'il (?:te|vous) plait,? )?(?:repond(?:s|ez)|ecri(?:s|vez)|di(?:s|tes)|affirme[z]?"
    r"|mentionne[z]?)\b[^.!?]{0,40}(?:\bque\b|seulement|reponse|[:\"«])",
    r"^\W*(?:por favor,? )?(?:responde|respondan?|escribe|escriba|di|diga|dile|afirma|menciona|responda|escreva"
    r"|mencione)\b[^.!?]{0,40}(?:\bque\b|\bsolo\b|respuesta|resposta|[:\"«])",
    r"^\W*(?:per favore,? )?(?:rispond[ai]|scrivi|di['’]|afferma|menziona)\b[^.!?]{0,40}(?:\bche\b|\bsolo\b"
    r"|risposta|[:\"«])",
    r"^\W*(?:antwoord|schrijf|zeg|vermeld|svar[ae]?|skriv|si|odpowiedz|napisz|powiedz)\b[^.!?]{0,40}"
    r"(?:\bdat\b|\batt\b|\bze\b|alleen|[:\"„])",
    r"(?:ответь|напиши|скажи|сообщи|отвечай|пиши|відповідай)(?:те)?\b[^.!?]{0,40}(?:,? что|только|[:«])",
    r"\b(?:du bist (?:jetzt|nun|ab sofort)|(?:tu es|vous etes) (?:maintenant|desormais)|(?:eres|usted es) ahora"
    r"|ahora eres|voce e agora|agora voce e|ora sei|je bent nu|sei ora)\b|ты теперь|теперь ты|你现在是|你現在是"
    r"|あなたは(?:今|これ)から|너는 이제|당신은 이제",
    r"(?:请|請)(?:回答|说|說|输出|輸出|写|寫)|并(?:回答|说|输出|写)|只(?:回答|输出|说)|と(?:答え|言っ|書い|回答し)て"
    r"|라고 (?:답|말|대답)|وقل إن|أجب ب|اكتب أن",
    r"\b(?:ki|ia|yapay zeka)[- ]?(?:modelle?|systeme?|assistent\w*|assistants?|modelos?)?\s*[:!]"
    r"|(?:ИИ|нейросеть|人工智能|语言模型|AI助手|言語モデル)[^.!?。]{0,10}[:：，,]",
)

# --- hidden letters -------------------------------------------------------------------------------------------------

# Letters of other alphabets that look like Latin ones; NFKC takes care of the mathematical and full-width ones.
_LOOK_ALIKE = str.maketrans(
    "авекмнорстухіјѕԁԛԝһӏαβεικνορτυχγАВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧıɡοᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ",
    "abekmhopctyxijsdqwhlabeikvoptuxyABEKMHOPCTYXIJSABEZHIKMNOPTYXigoabcdefghijklmnoprstuvwyz",
)
# Letters in boxes, which flags are written with too.
_LOOK_ALIKE |= {first + n: 97 + n for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_TURNED = re.compile("[ɐɔǝɟƃɥᴉɾʞɯɹʇʌʍʎ]")
_TURNED_LETTERS = 6  # different ones: more than a name's pronunciation is written with
_BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
_DIGITS = str.maketrans("0134578@$", "oieastbas")
_MIXED = re.compile(r"(?<!\S)\S*(?:[a-z][0134578@$]|[0134578@$][a-z])\S*", re.IGNORECASE)
_SPACED = re.compile(r"(?<!\w)[^\W\d_](?:[ .·_*-]{1,2}[^\W\d_](?!\w)){7,}|(?<!\w)\w(?:[.·_*-][a-z](?!\w)){4,}")
_APART = re.compile(r"(?<![^\W_])\w(?:[.·_*-]\w(?![^\W_])){2,}")
_GLUED = re.compile(r"\S*_\S*_\S*|(?<!\S)\S*(?:[a-z][A-Z]\S*){3,}")
# What is often misspelt to be overlooked: letters that are swapped, doubled or left out.
_MISSPELT = tuple("ignore disregard forget previous instructions instruction prompt system answer that".split())
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}|(?:%[0-9A-Fa-f]{2}){6,}|(?:\\x[0-9A-Fa-f]{2}|&#x?\w+;){6,}")
# The flags of England, Scotland and Wales are written in tags, a few sorts of kanji in selectors; sentences are not.
_UNSEEN = re.compile(
    "(?<!\U0001f3f4)[\U000e0020-\U000e007e]{4,}|[\U000e0100-\U000e01ef]{4,}|[\u200b-\u200d\u2060-\u2064]{8,}"
)
# Common words of other languages that written in Latin letters which English does not have.
_FEWEST_FOREIGN, _NO_ENGLISH = 5, 8  # words in lower case
_TELLING = (
    frozenset(
        """
        der die das und ist dass mit aus dem den ein eine nicht von zu auf les des et que du une est avec dans pour
        sur qui el los las y con por del una para como al o os e com do da um uma il che di dal gli per non sono het
        een en dat met van niet op att och det som med av ikke og til w z na i jest nie ve bir bu ile yang dan
        dengan untuk si ca din cu la un az es hogy a egy nem va sa ng mga ja on ei se ka je su za od ne to te sich
        lo mu
        """.split()
    )
    - FUNCTION_WORDS
)
_GOES_ON = _each(
    r":\W*$",
    r"\b(?:following|next|below|as follows|these words|this (?:sentence|statement|line)|what (?:comes|follows)"
    r"|in (?:its|their) place)\b|[=#-]{3,}|\b(?:something else|different task)\b",
    r"\?\W*$",
)


def is_command(text: str) -> bool:
    """Whether `text`, a sentence or a passage, tells a machine what to do, or is made to look like its markup."""
    if _UNSEEN.search(text) or _is_encoded(text) or len(set(_TURNED.findall(text))) >= _TURNED_LETTERS:
        return True
    plain = plain_letters(text)
    return _SPACED.search(plain) is not None or any(_commands(reading) for reading in _readings(plain))


def announces(text: str) -> bool:
    """Whether a command goes on in the sentence behind it: "say this:", "the following is to be repeated"."""
    return _found(_GOES_ON, plain_letters(text))


def is_foreign(text: str) -> bool:
    """Whether `text` is plainly not English: in another script, or with the commonest words of another language."""
    letters = [c for c in text if c.isalpha()]
    if len(letters) > 12 and sum(c > "\u024f" for c in letters) > len(letters) / 2:
        return True
    words = re.findall(r"[^\W\d_]+", text)
    small = [w for w in words if w[0].islower()]
    if len(small) < _FEWEST_FOREIGN:
        return False
    english = sum(w.lower() in FUNCTION_WORDS for w in words)
    telling = sum(w in _TELLING or not w.isascii() for w in small)
    if not english and len(small) >= _NO_ENGLISH:
        return re.search(r"['’]s\b|\d|/", text) is None
    return english < len(small) / 6 and telling >= 3


def plain_letters(text: str) -> str:
    """`text` as it looks: without invisible characters and accents, look-alikes as Latin letters, spaces as one."""
    if text.isascii():
        return " ".join(text.split())
    seen = _BLANK.sub("", unicodedata.normalize("NFKC", text))
    bare = "".join(
        _bare(c) for c in seen if unicodedata.category(c) not in ("Cf", "Co") and not "\u0300" <= c <= "\u036f"
    )
    return " ".join(_latin(word) for word in bare.split())


def _bare(char: str) -> str:
    """A Latin letter without its accents; anything else as it is."""
    first = char if char.isascii() else unicodedata.normalize("NFD", char)[0]
    return first if first.isascii() and first.isalpha() else char


def _latin(word: str) -> str:
    """`word` with look-alikes replaced where that makes it all Latin: Russian and Greek words stay what they are."""
    if word.isascii():
        return word
    plain = word.translate(_LOOK_ALIKE)
    return plain if any(c.isascii() and c.isalpha() for c in word) or plain.isascii() else word


def _readings(plain: str) -> Iterator[str]:
    """The ways to read a text: as it stands, and with what was done to its words undone."""
    yield plain
    mixed = _MIXED.sub(lambda m: m[0].translate(_DIGITS), plain)
    mixed = _APART.sub(lambda m: re.sub(r"[^\w]|_", "", m[0]), mixed)
    mixed = _GLUED.sub(lambda m: re.sub(r"_|(?<=[a-z])(?=[A-Z])", " ", m[0]), mixed)
    mixed = re.sub(r"[A-Za-z]{4,14}", lambda m: _spelt(m[0]), mixed)
    if mixed != plain:
        yield mixed


@lru_cache(maxsize=10_000)
def _spelt(word: str) -> str:
    """The word of `_MISSPELT` that `word` is nearly, or itself."""
    low = word.lower()
    for wished in _MISSPELT:
        if low[0] != wished[0] or abs(len(low) - len(wished)) > 1 or low == wished or low.startswith(wished):
            continue
        off = sum(((Counter(low) - Counter(wished)) + (Counter(wished) - Counter(low))).values())
        if off <= (1 if len(wished) > 4 else 0):
            return wished
    return word


def _commands(plain: str) -> bool:
    return (
        _found(_MARKUP, plain)
        or _found(_ORDER, plain)
        or _found(_ABROAD_SAY, plain)
        or any(drop.search(plain) and what.search(plain) for drop, what in _ABROAD)
        or (not _SPEECH.search(plain) and (_found(_BARE, plain) or _weight(plain) >= _ENOUGH))
    )


def _weight(plain: str) -> int:
    return sum(weight for weight, sign in _SIGNS if sign.search(plain))


def _is_encoded(text: str) -> bool:
    """Whether words are hidden in base64, in percents or in codes of characters."""
    for found in _ENCODED.finditer(text):
        told = found[0]
        if told.startswith(("\\", "&")) or (told.startswith("%") and " " in unquote(told)):
            return True
        padded = told.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            plain = base64.b64decode(padded + "=" * (-len(padded) % 4))
        except (binascii.Error, ValueError):
            continue
        if b" " in plain and all(32 <= b < 127 or b in b"\t\r\n" for b in plain):
            return True
    return False
