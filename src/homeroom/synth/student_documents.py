"""Documents about students and families: who they are, where they are enrolled, which programs serve them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from homeroom.synth import cast
from homeroom.synth.documents import (
    Document,
    Json,
    descriptor,
    education_organization_reference,
    grade_level,
    render_date,
    school_reference,
    school_year_reference,
    staff_reference,
    student_reference,
)
from homeroom.synth.organization_documents import address, calendar_reference
from homeroom.synth.programs import ENGLISH_LANGUAGE, GIFTED, SCHOOL_MEALS, SPECIAL_EDUCATION, Program
from homeroom.synth.staff import SPECIAL_EDUCATION_TEACHER
from homeroom.synth.students import Student
from homeroom.synth.teaching_documents import section_reference
from homeroom.synth.timetable import Section
from homeroom.synth.world import World


def student(world: World) -> Iterator[Document]:
    """Every child."""
    for one in world.students:
        document: dict[str, Json] = {
            "studentUniqueId": one.student_unique_id,
            "firstName": one.first_name,
            "lastSurname": one.last_surname,
            "birthDate": render_date(one.birth_date),
        }
        if one.middle_name is not None:
            document["middleName"] = one.middle_name
        yield document


def contact(world: World) -> Iterator[Document]:
    """Every adult of a family, once, however many children they have here."""
    adults = {
        adult.contact_unique_id: (adult, one.family.street)
        for one in world.students
        for adult in one.family.contacts
    }
    for one, street in adults.values():
        document: dict[str, Json] = {
            "contactUniqueId": one.contact_unique_id,
            "firstName": one.first_name,
            "lastSurname": one.last_surname,
            "electronicMails": [
                {
                    "electronicMailAddress": one.electronic_mail_address,
                    "electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Home/Personal"),
                    "primaryEmailAddressIndicator": True,
                }
            ],
            "telephones": [
                {
                    "telephoneNumber": one.telephone_number,
                    "telephoneNumberTypeDescriptor": descriptor("TelephoneNumberType", "Mobile"),
                    "orderOfPriority": 1,
                }
            ],
        }
        yield document | ({"addresses": [address(street, kind="Home")]} if one.lives_with else {})


def student_contact(world: World) -> Iterator[Document]:
    """Who answers for whom."""
    for one in world.students:
        for priority, adult in enumerate(one.family.contacts, 1):
            yield {
                "studentReference": student_reference(one.student_unique_id),
                "contactReference": {"contactUniqueId": adult.contact_unique_id},
                "relationDescriptor": descriptor("Relation", adult.relation),
                "contactPriority": priority,
                "primaryContactStatus": priority == 1,
                "emergencyContactStatus": True,
                "livesWith": adult.lives_with,
                "legalGuardian": adult.relation != "Father, step",
            }


def student_school(world: World) -> Iterator[Document]:
    """Enrollment in a school, with the day of leaving where a child has left."""
    for one in world.students:
        is_late = one.enters_on > world.year.begins_on
        document: dict[str, Json] = {
            "studentReference": student_reference(one.student_unique_id),
            "schoolReference": school_reference(one.school.school_id),
            "calendarReference": calendar_reference(world, one.school),
            "schoolYearTypeReference": school_year_reference(world.year.ending_year),
            "entryDate": render_date(one.enters_on),
            "entryGradeLevelDescriptor": grade_level(one.grade),
            "entryTypeDescriptor": descriptor("EntryType", "Transfer" if is_late else "Next year school"),
            "primarySchool": True,
        }
        if one.exits_on is not None:
            document["exitWithdrawDate"] = render_date(one.exits_on)
            document["exitWithdrawTypeDescriptor"] = descriptor("ExitWithdrawType", "Transferred")
        yield document


def student_education_organization(world: World) -> Iterator[Document]:
    """What the district knows of a child: sex, race, languages, needs and ways to reach the child."""
    for one in world.students:
        document: dict[str, Json] = {
            "studentReference": student_reference(one.student_unique_id),
            "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
            "sexDescriptor": descriptor("Sex", one.sex),
            "races": [{"raceDescriptor": descriptor("Race", race)} for race in one.family.races],
            "languages": [_home_language(one)],
            "addresses": [address(one.family.street, kind="Home")],
            "electronicMails": [
                {
                    "electronicMailAddress": f"{one.student_unique_id}@{cast.STUDENT_MAIL_DOMAIN}".lower(),
                    "electronicMailTypeDescriptor": descriptor("ElectronicMailType", "Organization"),
                }
            ],
        }
        yield document | _needs(one)


def _home_language(one: Student) -> Document:
    return {
        "languageDescriptor": descriptor("Language", one.family.home_language),
        "uses": [{"languageUseDescriptor": descriptor("LanguageUse", "Home language")}],
    }


def _needs(one: Student) -> dict[str, Json]:
    """Members that only some children have."""
    needs: dict[str, Json] = {}
    if one.is_english_learner:
        needs["limitedEnglishProficiencyDescriptor"] = descriptor("LimitedEnglishProficiency", "Limited")
    if one.disability is not None:
        needs["disabilities"] = [_disability(one.disability)]
    if one.family.lunch is not None:
        characteristic = descriptor("StudentCharacteristic", "Economic Disadvantaged")
        needs["studentCharacteristics"] = [{"studentCharacteristicDescriptor": characteristic}]
    return needs


def _disability(code_value: str) -> Document:
    return {"disabilityDescriptor": descriptor("Disability", code_value), "orderOfDisability": 1}


def student_section(world: World) -> Iterator[Document]:
    """Every place on a roster; the end date stands only where the class or the child's stay is over."""
    for section in world.timetable.sections:
        for one in section.roster:
            ends_on = _roster_end(world, one, section=section)
            document: dict[str, Json] = {
                "studentReference": student_reference(one.student_unique_id),
                "sectionReference": section_reference(world, section),
                "beginDate": render_date(roster_begin(one, section)),
                "homeroomIndicator": section.period == 0,
            }
            yield document if ends_on is None else document | {"endDate": render_date(ends_on)}


def roster_begin(one: Student, section: Section) -> date:
    """The day the student joins the section."""
    return max(one.enters_on, section.session.begins_on)


def _roster_end(world: World, one: Student, *, section: Section) -> date | None:
    if one.exits_on is not None:
        return min(one.exits_on, section.session.ends_on)
    return section.session.ends_on if section.session.ends_on < world.today else None


def student_special_education(world: World) -> Iterator[Document]:
    """Children with a disability, their plan, and the teacher of their school who serves them."""
    providers = {
        member.post.education_organization_id: member.staff_unique_id
        for member in world.timetable.staff
        if member.post.position_title == SPECIAL_EDUCATION_TEACHER
    }
    for one in world.students:
        if one.disability is None:
            continue
        yield _participation(one, SPECIAL_EDUCATION) | {
            "ideaEligibility": True,
            "iepBeginDate": render_date(one.enters_on),
            "iepReviewDate": render_date(one.enters_on + timedelta(days=364)),
            "specialEducationSettingDescriptor": descriptor(
                "SpecialEducationSetting", "Inside regular class 80% or more of the day"
            ),
            "disabilities": [_disability(one.disability)],
            "serviceProviders": [
                {"staffReference": staff_reference(providers[one.school.school_id]), "primaryProvider": True}
            ],
        }


def student_language_instruction(world: World) -> Iterator[Document]:
    """English learners."""
    for one in world.students:
        if one.is_english_learner:
            yield _participation(one, ENGLISH_LANGUAGE) | {"englishLearnerParticipation": True}


def student_food_service(world: World) -> Iterator[Document]:
    """Children with free or reduced meals."""
    for one in world.students:
        if one.family.lunch is not None:
            service = descriptor("SchoolFoodServiceProgramService", one.family.lunch)
            yield _participation(one, SCHOOL_MEALS) | {
                "schoolFoodServiceProgramServices": [{"schoolFoodServiceProgramServiceDescriptor": service}]
            }


def student_program(world: World) -> Iterator[Document]:
    """Children in programs without a resource of their own."""
    for one in world.students:
        if one.is_gifted:
            yield _participation(one, GIFTED)


def _participation(one: Student, program: Program) -> dict[str, Json]:
    return {
        "studentReference": student_reference(one.student_unique_id),
        "educationOrganizationReference": education_organization_reference(cast.DISTRICT_ID),
        "programReference": program.reference(),
        "beginDate": render_date(one.enters_on),
    }
