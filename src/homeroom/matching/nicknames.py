"""Short forms of given names, as data: each line a formal name and what people who bear it are called.

Sources: usual English and Spanish hypocorisms; a name may belong to several formal ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_LINES: Final = """
aaron ron erin
abigail abby gail abbie
abraham abe bram
albert al bert bertie
alejandra ale sandra alex
alejandro ale alex jandro
alexander alex al xander sandy sasha lex
alexandra alex sandra lexi sasha sandy alexa
alfonso poncho fonso
alfred al fred alfie
alice allie ali
allison allie ali
amanda mandy
amelia amy millie
andrea andie drea
andrew andy drew
angela angie
anna ann annie anne
antonia toni tonia
anthony tony ant
antonio tony tono
archibald archie
arthur art artie
barbara barb babs
beatrice bea trixie
beatriz bea betty
benjamin ben benny benji
bernard bernie
bethany beth
bradley brad
brandon bran
caleb cal
calvin cal
cameron cam
carolina caro lina
caroline carrie caro
catherine cathy cat kate katie cate
cecilia ceci celia
charles charlie chuck chas chad
charlotte charlie lottie
christian chris
christina chris tina christy
christine chris tina chrissy
christopher chris topher kit
clarence clary
concepcion concha conchita
consuelo chelo
cynthia cindy
daniel dan danny dani
daniela dani
david dave davey
deborah deb debbie
dolores lola
dominic dom nick
donald don donny
dorothy dot dottie dolly
douglas doug
edgar ed
eduardo lalo edu eddie
edward ed eddie ted teddy ned
edwin ed eddie
eleanor ellie nell nora
elizabeth liz lizzie beth betty eliza libby betsy
ella ellie
emily em emmy
emmanuel manny manuel
enrique quique kike
ernest ernie
ernesto neto
esperanza espe
eugene gene
evelyn evie eve
ezekiel zeke
felipe pipe
fernando fer nando
florence flo
frances fran franny frankie
francesca fran franny
francis frank fran
francisca paca pancha
francisco paco pancho frank cisco
franklin frank
frederick fred freddie rick
gabriel gabe
gabriela gaby gabi
gabrielle gabby elle
genevieve gen
geoffrey geoff jeff
george georgie
gerald gerry jerry
gerardo lalo
gilbert gil bert
gonzalo gonza chalo
graciela chela
gregory greg
gregorio goyo
guadalupe lupe lupita
guillermo memo guille
gustavo gus tavo
harold hal harry
henry harry hank
howard howie
humberto beto
ignacio nacho
isaac ike
isabel isa belle chabela
isabella bella izzy belle isa
jackson jack
jacob jake jack
jacqueline jackie
james jim jimmy jamie jem
jane janie
janet jan
jason jay
jeffrey jeff
jennifer jen jenny jenn
jeremiah jerry
jeremy jerry
jerome jerry
jessica jess jessie
jesus chuy
joanna jo joan
joaquin quino
john johnny jack jon
jonathan jon jonny nathan
jose pepe chepe
josefina pepa fina josie
joseph joe joey jo
josephine jo josie
joshua josh
judith judy
julian jules
julia julie jules
katherine kate katie kathy kat kay kitty
kathleen kathy kate kay
kathryn kate katie kathy kat
kenneth ken kenny
kimberly kim
kristina kris tina
laura laurie
lawrence larry
leonard leo len lenny
leonardo leo
leticia lety
lillian lily lil
louis lou louie
louise lou
lucia lucy
luis lucho
madeline maddie
madison maddie
magdalena magda lena
manuel manny manolo
marcus marc mark
margaret maggie meg peggy marge greta
margarita margo rita
maria mari mia
marisol mari
martha marty
martin marty
matthew matt matty
maxwell max
maximilian max
megan meg
melanie mel
melissa mel missy lissa
mercedes meche
michael mike mick mikey micky
michelle shelly
miguel migue
mildred millie
miranda mandy
mitchell mitch
mohammed mo muhammad mohamed
monica moni
moses moe
nancy nan
natalie nat
nathan nate nat
nathaniel nate nathan nat
nicholas nick nicky nico
nicolas nico nick
nicole nikki nicky
octavio tavo
oliver ollie
olivia liv livvy
pamela pam
patricia pat patty trish tricia pati
patrick pat paddy
pedro perico
peter pete
philip phil pip
priscilla cilla
rafael rafa
ramon moncho
randall randy
raymond ray
rebecca becky becca
reginald reggie
ricardo rick ricky
richard rick ricky dick rich richie
robert bob bobby rob robbie bert
roberto beto bob
rodrigo rodri
roger rog
roland rollie
ronald ron ronnie
rosario chayo
rosa rosita
roxanne roxy
russell russ
samantha sam sammy
samuel sam sammy
sandra sandy
santiago santi chago
sarah sally sadie
sebastian seb bas
sergio checo
sophia sophie
sofia sofi
stephanie steph stevie
stephen steve stevie
steven steve stevie
stuart stu
susan sue susie suzy
susana susi
suzanne sue suzy
tabitha tabby
teresa tere terry
terrence terry
theodore ted teddy theo
theresa terry tess tessa
thomas tom tommy
timothy tim timmy
tomas tom
valentina vale
valeria vale
valerie val
vanessa nessa
veronica vero ronnie
vicente chente
victor vic
victoria vicky tori vic
vincent vince vinny
virginia ginny
walter walt wally
wesley wes
wilfred will fred
william will bill billy willy liam
winifred winnie
xavier xavi
yolanda yoli
zachary zach zack
"""


def _formal_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in _LINES.split("\n"):
        formal, *forms = line.split() or [""]
        for form in forms:
            found.setdefault(form, set()).add(formal)
    return {form: frozenset(names) for form, names in found.items()}


FORMAL_NAMES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(_formal_names())
"""A short form to the formal names that it stands for."""
