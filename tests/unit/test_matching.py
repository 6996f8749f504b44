"""Names meet by their sound in any script; a likeness says why, and what speaks against it."""

import pytest

from ventosa.matching import (
    ANOTHER_BIRTH,
    Person,
    birth_dates,
    differences,
    keys,
    likelier,
    likeness,
    phone_end,
    plain,
    sound,
)


@pytest.mark.parametrize(
    "names",
    [
        ("Mohammed", "Muhammad", "Mehmed", "محمد"),
        ("Haddad", "Al-Haddad", "الحداد", "حداد"),
        ("Noor", "Nour", "نور"),
        ("Youssef", "Yusuf", "يوسف"),
        ("Fatima", "Fatma", "فاطمة"),
        ("Hussein", "Hüseyin", "حسين"),
        ("Zainab", "Zeynep", "زينب"),
        ("Jamal", "Gamal", "جمال"),
        ("Abdulrahman", "Abd al-Rahman", "Abdurrahman", "عبد الرحمن", "عبدالرحمن"),
        ("Abdullah", "Abdallah", "عبد الله", "عبدالله"),
        ("Müller", "Mueller", "Muller"),
        ("Katherine", "Catherine", "Kathrin"),
        ("Ivanov", "Иванов"),
        ("Inês", "Ines"),
        ("Sarah", "Sara", "سارة"),
        ("Stephen", "Steven"),
        ("Şahin", "Shahin", "شاهين"),
    ],
)
def test_one_name_in_many_spellings_meets(names: tuple[str, ...]) -> None:
    people = [Person(f"{name} Okafor") for name in names]
    for other in people[1:]:
        assert likeness(people[0], other), other.name
        assert keys(people[0]) & keys(other), other.name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Mohammed", "Ahmed"), ("Anna", "Eva"), ("Ruth", "Daniel"), ("Noor", "Nadia")],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert sound(plain(one)) != sound(plain(other))
    assert not likeness(Person(f"{one} Haddad"), Person(f"{other} Moreau"))


def test_parts_in_another_order_are_one_name() -> None:
    assert likeness(Person("Haddad, Noor"), Person("Noor Haddad"))


@pytest.mark.parametrize("born", ["1980", "1980-06", "1980-06-02"])
def test_a_partial_birth_date_may_be_the_same(born: str) -> None:
    why = likeness(Person("Noor", "1980-06-02"), Person("Noor", born))
    assert why == ("the same name", "the same birth date")


def test_day_and_month_swapped_are_said() -> None:
    why = likeness(Person("Noor Haddad", "1980-06-02"), Person("Noor Haddad", "1980-02-06"))
    assert "day and month of birth swapped" in why
    assert birth_dates(Person("", "1980-06-02")) == ("1980-06-02", "1980-02-06")
    assert birth_dates(Person("", "1980-06-22")) == ("1980-06-22",)
    assert birth_dates(Person("", "1980")) == ()


def test_a_namesake_is_said_to_be_one_and_counts_less() -> None:
    namesake = likeness(Person("Noor Haddad", "1980"), Person("Noor Haddad", "1991"))
    assert ANOTHER_BIRTH in namesake
    assert likelier(namesake) < likelier(("the same name",))


@pytest.mark.parametrize(
    "phone", ["+44 7700 900123", "07700 900123", "0044 (0)7700-900123", "٠٧٧٠٠٩٠٠١٢٣"]
)
def test_a_telephone_is_one_with_any_prefix(phone: str) -> None:
    assert phone_end(phone) == "700900123"
    assert likeness(Person("A", "", phone), Person("B", "", "7700900123"))


def test_a_short_number_says_nothing() -> None:
    assert phone_end("112") == ""
    assert not likeness(Person("Anna", "", "112"), Person("Peter", "", "112"))


def test_names_of_nothing_but_signs_are_not_the_same() -> None:
    assert not likeness(Person("???"), Person("***"))
    assert not likeness(Person("", "1980"), Person("", "1980"))


def test_twins_are_alike() -> None:
    why = likeness(Person("Anna Whitlock", "1985-08-11"), Person("Beth Whitlock", "1985-08-11"))
    assert why == ("part of the name sounds the same", "the same birth date")


def test_a_slip_of_the_keys_is_seen_on_one_birth_date_only() -> None:
    typed = Person("Dnaiel Xkafor", "1972-03-14")
    assert likeness(typed, Person("Daniel Okafor", "1972-03-14"))
    assert not likeness(typed, Person("Daniel Okafor", "1973-03-14"))


def test_whoever_is_alike_by_name_shares_a_key() -> None:
    """What is looked up by keys misses nobody whom a name and a year would find."""
    people = [
        Person(name, born)
        for name in ("Noor Haddad", "Nour Al-Haddad", "Haddad", "Noor", "نور حداد", "Eva Haddad")
        for born in ("1980", "1980-06-02")
    ]
    alike = [(a, b) for a in people for b in people if likeness(a, b)]
    assert len(alike) > len(people)
    for one, other in alike:
        assert keys(one) & keys(other), (one, other)


def test_what_speaks_against_a_record() -> None:
    register = Person("Daniel Okafor", "1972-03-14")
    assert differences(register, Person("Okafor, Daniel", "1972")) == ()
    assert differences(register, Person("Daniel Okafor", "")) == ()
    assert differences(register, Person("", "1972-03-14")) == ()
    assert differences(register, Person("Eva Moreau", "1972-03-14")) == ("another name",)
    assert differences(register, Person("Daniel Okafor", "1971")) == ("another birth date",)
    assert len(differences(register, Person("Eva Moreau", "1971"))) == 2
    assert differences(register, Person("", "")) == ("neither name nor birth date to compare",)
