"""Words that say nothing of what is meant, of the languages that most rooms are in. Pure."""

from __future__ import annotations

_WORDS = """
a about after again all also am an and any are as at be because been before being but by can could did
do does doing done for from get got had has have he her here hers him his how i if in into is it its
just let like me more most much my no not now of off on once one only or other our out over own please
same say said says she should so some such tell than that the their them then there these they this
those to too under until up us very was we were what when where which while who whom whose why will with
would you your yours yes ok okay remember remind know think anyone anybody everyone somebody someone
something thing things hey hi hello aber alle als auch auf aus bei bin bis bist da damit dann das dass
dein dem den der des die dies diese dieser doch dort du durch ein eine einem einen einer er es für hab
habe haben hat hatte ich ihr ihre im ist ja jetzt kann kein keine man mein mich mir mit nach nicht noch
nun nur ob oder ohne sehr sein sich sie sind über um und uns unser unter vom von vor war waren warum
weil wenn wer wie wieder wir wird wo zu zum zur au aux avec ce ces cette dans de elle en est et eu il
ils je la le les leur lui ma mais même mes moi mon ne nos notre nous ou où par pas pour qu que qui sa se
ses son sont sur ta te tes toi ton tu un une vos votre vous c d j l m n s t y quoi quand comment al como
con cual cuando del donde el ella ellas ellos era eran eres esa ese eso esta este esto fue ha hasta hay
las lo los mas más mi mis muy nosotros o para pero por porque qué quien si sin sobre su sus también
tiene todo una uno ya yo che chi ci come cosa dal dei della di dove e gli ho io lei li loro nei nel
nella noi non per perché più quale quando quello questo sei sono sta sul tra ti voi os uma em na nas não
seu sua isso и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по только ее
мне было вот от меня еще нет о из ему когда ли если или ни быть был мы это кто
"""

STOP_WORDS = frozenset(_WORDS.split())
