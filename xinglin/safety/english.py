"""Danger signs and their answers in English.

The patterns look at lower-case words with one space between them and at both ends.
"""

from __future__ import annotations

import re

_MACHINE = "I am an AI, not a doctor."

ANSWERS = {
    "self-harm": "I am worried about you. Please talk to someone you trust right now, or call the "
    "crisis line 12356 (China); in danger call 120 or 110. You are not alone. I am an AI and cannot "
    "help with this, but someone can.",
    "poisoning": "This may be poisoning. Call 120 (ambulance in China) now and take the package or a "
    "sample along. Do not force vomiting and take no home remedies. " + _MACHINE,
    "chest-pain": "Chest pain can be a heart emergency. Stop, rest, and call 120 (ambulance in China) "
    "at once; do not drive yourself. " + _MACHINE,
    "breathing": "Trouble breathing is an emergency: call 120 (ambulance in China) now. If something "
    "blocks the throat, ask someone for the Heimlich manoeuvre. " + _MACHINE,
    "stroke": "This may be a stroke. Call 120 (ambulance in China) at once, note when it began, give "
    "nothing to eat or drink. " + _MACHINE,
    "bleeding": "Bleeding has to be seen by a doctor; if it is heavy or does not stop, press on the "
    "wound and call 120 (ambulance in China). " + _MACHINE,
    "unconscious": "This is an emergency: call 120 (ambulance in China) now. Lay the person on the "
    "side, put nothing in the mouth. " + _MACHINE,
    "infant": "Children get worse quickly and need other doses than adults: please see a paediatrician "
    "or call 120, and give no medicine or herbs on your own. " + _MACHINE,
    "pregnancy": "In pregnancy and while breastfeeding every medicine or herb must be judged by a "
    "doctor in person; with pain, bleeding or less movement go to hospital or call 120. "
    + _MACHINE,
    "allergy": "A severe allergy can be fatal within minutes. Stop what caused it and call 120 "
    "(ambulance in China). " + _MACHINE,
    "bite": "Have the wound treated in hospital at once (rabies vaccine, antivenom); for a snake call "
    "120, keep the limb still, do not cut or suck. " + _MACHINE,
    "acute": "This sounds urgent. Call 120 (ambulance in China) or go to the nearest emergency room "
    "now. " + _MACHINE,
    "prescription": "I am an AI, not a doctor: I cannot diagnose, prescribe or name a dose. Please see "
    "a licensed practitioner. I can tell what the classics say about a herb or a formula.",
}

_KIN = (
    "(?:my|his|her|our|a|the) (?:\\w+ )?(?:baby|babies|infant|newborn|toddler|kid|kids|child|children|"
    "son|daughter|grandson|granddaughter|nephew|niece)"
)
_YOUNG = "(?:baby|babies|infants?|newborns?|toddlers?|(?:month|week|day)s? old|[1-9] years? old)"
_TAKE = "(?:take|drink|eat|have|use|give|try|safe|okay|ok|allowed|good for)"
_ILL = (
    "(?:fever|vomit\\w*|cough\\w*|diarrh\\w*|rash|swallow\\w*|seizure|convuls\\w*|jaundice|chok\\w*|"
    "not (?:eating|feeding|breathing)|fell|sick|throwing up)"
)
PATTERNS = {
    "self-harm": "suicid\\w*|kill (?:myself|himself|herself|themselves)|kms|unalive|"
    "(?:want|wanna|wants|going|ready|wish|deserve) (?:to |i could |i would )?(?:die|be dead)(?! hard)|"
    "end (?:my|his|her) (?:own )?life|end it all|(?:hang|hurt|harm|cut|cutting) (?:myself|herself|himself)|"
    "self harm\\w*|slit (?:my|her|his) wrists?|cut (?:my|her|his) wrists?|jump off|no reason to live|"
    "(?:don't|dont|do not|doesn't) want to (?:live|be alive|exist|wake up)|never wake up|better off without me|"
    "not worth living|take my (?:own )?life|(?:painless|easy|easiest|best|quickest|fastest) way to (?:die|kill)|cutting my (?:arms?|legs?|skin)|(?:nobody|no one) (?:would|will) miss me|how to die",
    "poisoning": "poisoned|overdos\\w*|carbon monoxide|gas leak|pesticide|"
    "(?:swallow\\w*|drank|drunk|ate|eaten|licked|inhaled) (?:\\w+ ){0,3}(?:bleach|detergent|poison|battery|"
    "mushrooms?|pills|antifreeze|cleaner|mercury|kernels|gasoline|pesticide|thermometer)|"
    "too many (?:\\w+ ){0,2}(?:pills|tablets)|(?:whole|entire) bottle of|wrong (?:medicine|pills|medication)|food poisoning|"
    "(?:mouth|lips|tongue) (?:\\w+ ){0,3}(?:numb|tingling)",
    "chest-pain": "(?:chest|heart) (?:\\w+ )?(?:pain|hurts?|hurting|tightness|pressure|ache)|heart attack|angina|"
    "(?:pain|tightness|pressure) in (?:my|his|her|the) (?:chest|heart)|chest is tight|clutching (?:his|her) chest",
    "breathing": "(?:can't|cant|cannot|can not|unable to|trouble|difficulty|hard to|struggling to) breath\\w*|"
    "short(?:ness)? of breath|choking|gasping|stopped breathing|(?:lips?|face) (?:\\w+ ){0,2}blue|asthma attack|"
    "stuck in (?:my|his|her) throat|suffocat\\w*",
    "stroke": "(?:having|had|a) stroke|slurr\\w+|(?:face|mouth) (?:\\w+ ){0,2}droop\\w*|drooping face|"
    "numb\\w* on one side|one side of (?:my|his|her|the) (?:body|face)|can't (?:speak|talk|move)|"
    "sudden(?:ly)? (?:\\w+ ){0,2}(?:blind|weak|numb|confused|loss of vision)|worst headache|brain (?:bleed|hemorrhage)",
    "bleeding": "bleed(?:ing|s)?|(?:vomit\\w*|cough\\w*|throw\\w* up|spit\\w*|pee\\w*) (?:up )?blood|"
    "blood in (?:my|his|her|the) (?:stool|urine|poop|vomit)|black (?:tarry )?stool\\w*|tarry|nosebleed|lots? of blood",
    "unconscious": "unconscious|passed out|faint(?:ed|ing)|collapsed|unresponsive|not responding|seizures?|convuls\\w+|"
    "won't wake up|not waking up|no pulse|not breathing|los\\w+ consciousness|blacked out|foaming at",
    "infant": f"{_KIN} (?:\\w+ ){{0,4}}{_ILL}|{_ILL} (?:\\w+ ){{0,4}}{_YOUNG}|{_YOUNG} (?:\\w+ ){{0,4}}(?:{_ILL}|{_TAKE})|"
    f"{_TAKE} (?:\\w+ ){{0,5}}(?:{_YOUNG}|{_KIN})|{_KIN} (?:\\w+ ){{0,3}}{_TAKE}",
    "pregnancy": "pregnan\\w+|breastfeed\\w*|miscarr\\w*|abort(?:ion|ing)?|morning sickness|postpartum|"
    "trying to conceive|fetal movement|water broke|expecting a (?:baby|child)|while (?:nursing|expecting)",
    "allergy": "anaphyla\\w+|(?:severe )?allergic reaction|(?:throat|tongue|lips?|face) (?:\\w+ ){0,3}swell\\w*|"
    "swollen (?:throat|tongue|lips?|face)",
    "bite": "(?:snake|dog|cat|bat|spider|centipede|scorpion|rat|monkey) (?:\\w+ )?(?:bit|bite|bites|bitten|sting|scratched)|"
    "(?:bit|bitten|stung|scratched) by|rab(?:ies|id)",
    "acute": "(?:severe|terrible|unbearable|worst|excruciating) (?:\\w+ ){0,2}(?:pain|headache|ache|cramps)|emergency|ambulance|"
    "high fever|fever (?:won't|of (?:39|4[0-2]))|broke[n]? (?:my |his |her )?(?:\\w+ )?(?:leg|arm|bone|wrist|neck|hip)|"
    "hit by a (?:car|bus|truck)|car accident|(?:burned|scalded) (?:my|his|her)|electric shock|electrocuted|drown\\w*|"
    "stiff neck|stabbed|(?:he|she|dad|mom) is dying|fell (?:from|off|down) (?:the|a)|severed",
    "prescription": "prescri\\w+|dos(?:e|age)|how (?:much|many) (?:\\w+ ){0,4}(?:take|grams?|pills|tablets|per day|a day)|"
    "how many grams|diagnos\\w+|what (?:herbs?|medicine|formula|tea|remedy) (?:\\w+ ){0,3}(?:should|can|cures?|treats?|for my)|"
    "(?:herb|remedy|medicine|formula|cure) for my|should i take|what(?:'s| is) wrong with me|do i have|"
    "(?:warfarin|aspirin|insulin|metformin|statins?|blood pressure (?:medicine|pills))",
}
ENGLISH = {name: re.compile(f" (?:{pattern}) ") for name, pattern in PATTERNS.items()}
ABOUT_WORDS = re.compile(
    " (?:mean|means|meaning|translate|translation|history|who wrote|ancient|classic|classics|chapter|"
    "stroke order|movie|film|song|lyrics|novel|book|poem|game|series|character|etymology) "
)
SOMEBODY = re.compile(
    " (?:i|i'm|im|i've|my|me|he|she|his|her|we|our|they|help|now|today|please|just) "
)
