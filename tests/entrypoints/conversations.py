"""The same support case in each of the three languages, each command in that language's words."""

from __future__ import annotations

from mailgate.domain.people import Language
from mailgate.entrypoints.demo.script import CAMILLE, HUGO, LUCIA, PAUL, PLAN, Line

FRENCH = (
    Line(actor=HUGO, subject="Index ignoré", body="Bonjour,\n\nMon index spatial n’est pas utilisé.\n\nHugo"),
    Line(actor=PAUL, answers="question", body="Quelle version de PostGIS utilisez-vous ?\n\n[précisions]"),
    Line(actor=HUGO, answers="details_request", body="La version 3.4, voici le plan.", attachment=("plan.txt", PLAN)),
    Line(actor=PAUL, answers="question", body="[temps 20m] Il faut un index sur l’expression."),
    Line(actor=PAUL, answers="question", body="À revoir avec Anne avant.\n\n[interne]\n[gratuit 10m]"),
    Line(actor=PAUL, answers="question", body="Revoir toutes les requêtes demande une étude.\n\n[estimation 4h]"),
    Line(actor=CAMILLE, answers="approval_request", body="[approuver 4h]\n\nAllez-y."),
    Line(actor=PAUL, answers="approved", body="Les requêtes sont corrigées.\n\n[durée 3h]\n[résolu]"),
    Line(actor=HUGO, answers="answer", body="[état]"),
    Line(actor=CAMILLE, answers="please_close", body="Parfait, merci.\n\n[clôturer]"),
    Line(actor=HUGO, answers="closed", body="Merci beaucoup !\n\nHugo"),
    Line(actor=CAMILLE, answers="receipt", body="[rouvrir une requête échoue encore]"),
    Line(actor=PAUL, answers="reopened", body="[prendre]"),
    Line(actor=LUCIA, subject="Solde", body="Bonjour,\n\n[solde]\n\nMerci,\nLucía"),
    Line(actor=LUCIA, subject="Aide", body="[aide]"),
)

SPANISH = (
    Line(actor=HUGO, subject="Índice ignorado", body="Hola:\n\nMi índice espacial no se utiliza.\n\nHugo"),
    Line(actor=PAUL, answers="question", body="¿Qué versión de PostGIS utiliza?\n\n[detalles]"),
    Line(actor=HUGO, answers="details_request", body="La versión 3.4, aquí va el plan.", attachment=("plan.txt", PLAN)),
    Line(actor=PAUL, answers="question", body="[tiempo 20m] Hace falta un índice sobre la expresión."),
    Line(actor=PAUL, answers="question", body="Hay que verlo con Anne antes de seguir.\n\n[interno]\n[gratis 10m]"),
    Line(actor=PAUL, answers="question", body="Revisar todas las consultas exige un estudio.\n\n[estimación 4h]"),
    Line(actor=CAMILLE, answers="approval_request", body="[aprobar 4h]\n\nAdelante."),
    Line(actor=PAUL, answers="approved", body="Las consultas están corregidas.\n\n[duración 3h]\n[resuelto]"),
    Line(actor=HUGO, answers="answer", body="[estado]"),
    Line(actor=CAMILLE, answers="please_close", body="Perfecto, gracias.\n\n[cerrar]"),
    Line(actor=HUGO, answers="closed", body="¡Muchas gracias!\n\nHugo"),
    Line(actor=CAMILLE, answers="receipt", body="[reabrir una consulta sigue fallando]"),
    Line(actor=PAUL, answers="reopened", body="[tomar]"),
    Line(actor=LUCIA, subject="Saldo", body="Hola:\n\n[saldo]\n\nGracias,\nLucía"),
    Line(actor=LUCIA, subject="Ayuda", body="[ayuda]"),
)

ENGLISH = (
    Line(actor=HUGO, subject="Index ignored", body="Hello,\n\nMy spatial index is not used.\n\nHugo"),
    Line(actor=PAUL, answers="question", body="Which version of PostGIS do you use?\n\n[info]"),
    Line(actor=HUGO, answers="details_request", body="Version 3.4, here is the plan.", attachment=("plan.txt", PLAN)),
    Line(actor=PAUL, answers="question", body="[time 20m] You need an index on the expression."),
    Line(actor=PAUL, answers="question", body="To be discussed with Anne first.\n\n[note]\n[free 10m]"),
    Line(actor=PAUL, answers="question", body="Going through all queries takes a study.\n\n[estimate 4h]"),
    Line(actor=CAMILLE, answers="approval_request", body="[approve 4h]\n\nGo ahead."),
    Line(actor=PAUL, answers="approved", body="The queries are corrected.\n\n[time 3h]\n[solved]"),
    Line(actor=HUGO, answers="answer", body="[status]"),
    Line(actor=CAMILLE, answers="please_close", body="Perfect, thank you.\n\n[close]"),
    Line(actor=HUGO, answers="closed", body="Thanks a lot!\n\nHugo"),
    Line(actor=CAMILLE, answers="receipt", body="[reopen one query still fails]"),
    Line(actor=PAUL, answers="reopened", body="[take]"),
    Line(actor=LUCIA, subject="Balance", body="Hello,\n\n[balance]\n\nThanks,\nLucía"),
    Line(actor=LUCIA, subject="Help", body="[help]"),
)

CONVERSATIONS = {Language.FR: FRENCH, Language.ES: SPANISH, Language.EN: ENGLISH}
