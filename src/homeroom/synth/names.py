"""Invented people's names: mixed lists, so that no group of names stands for a whole district."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NameList:
    """Names that often go together in a family, and the home languages such a family may report.

    weight: share among families, in percent; languages: codes of LanguageDescriptor and their weights.
    """

    weight: int
    feminine: tuple[str, ...]
    masculine: tuple[str, ...]
    surnames: tuple[str, ...]
    languages: tuple[tuple[str, float], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAME_LISTS = (
    NameList(
        weight=34,
        feminine=_words(
            "Abigail Brooke Caroline Daisy Eleanor Fiona Grace Hazel Isla June Kate Lydia Molly Nora Olive"
            " Paige Quinn Rose Sadie Tessa Violet Willa"
        ),
        masculine=_words(
            "Adam Beckett Caleb Dean Elliot Finn Graham Henry Isaac Jack Kyle Levi Miles Nathan Owen"
            " Preston Reid Samuel Theo Vincent Wyatt"
        ),
        surnames=_words(
            "Abbott Barlow Calloway Dunmore Ellsworth Fairbanks Garrity Halloran Ingram Jessup Kessler"
            " Larkin Merriweather Novak Overton Pemberton Quigley Radcliffe Sundberg Thackeray Vance"
            " Whitlock Yardley Zeller"
        ),
        languages=(("eng", 0.96), ("pol", 0.02), ("rus", 0.02)),
    ),
    NameList(
        weight=22,
        feminine=_words(
            "Alma Beatriz Camila Daniela Elena Gabriela Inés Julieta Lucía Marisol Natalia Paloma Renata"
            " Sofía Valeria Ximena Yolanda"
        ),
        masculine=_words(
            "Alejandro Bruno Cristian Diego Emilio Felipe Gael Hugo Iker Joaquín Leandro Mateo Nicolás"
            " Óscar Rafael Santiago Tomás"
        ),
        surnames=_words(
            "Aguilar Bustamante Cárdenas Delgado Escobedo Figueroa Galindo Herrera Ibarra Lozano"
            " Montemayor Navarrete Ocampo Pacheco Quiñones Rosales Sepúlveda Treviño Urrutia Villaseñor"
        ),
        languages=(("eng", 0.5), ("spa", 0.5)),
    ),
    NameList(
        weight=14,
        feminine=_words(
            "Aaliyah Brielle Candace Destiny Ebony Imani Jada Kiara Laila Monique Nia Raven Simone Tiana Zora"
        ),
        masculine=_words(
            "Andre Brandon Cedric Darius Elijah Isaiah Jalen Kendrick Malik Marcus Omari Quentin Rashad"
            " Terrence Xavier"
        ),
        surnames=_words(
            "Alston Battle Chatman Dubois Eason Fontaine Gaines Hargrove Ivory Jefferies Kincaid Lockhart"
            " Mayfield Pettway Rollins Stallworth Tolliver Whitfield"
        ),
        languages=(("eng", 0.97), ("hat", 0.03)),
    ),
    NameList(
        weight=8,
        feminine=_words("Anh Chau Diep Hoa Kim-Ly Lan Linh Mai Ngoc Phuong Quyen Thuy Trinh Vy"),
        masculine=_words("An Binh Cuong Dat Duc Hieu Khoa Long Minh Nam Phuc Quang Tuan Vinh"),
        surnames=_words(
            "Bui Cao Dang Dinh Doan Duong Ha Huynh Luong Mac Nghiem Phan Quach Thai Truong Vuong"
        ),
        languages=(("eng", 0.55), ("vie", 0.45)),
    ),
    NameList(
        weight=7,
        feminine=_words("Amal Dalia Farah Hana Iman Leila Maryam Nadia Rania Salma Sumaya Yasmin Zainab"),
        masculine=_words("Ahmad Bilal Faris Hamza Ibrahim Karim Mustafa Nabil Omar Rami Tariq Yusuf Zaid"),
        surnames=_words(
            "Abdi Bakr Darwish Farouk Ghanem Haddad Jama Khalil Mansour Nasser Qasim Rahim Saleh Warsame Zaki"
        ),
        languages=(("eng", 0.5), ("ara", 0.3), ("som", 0.2)),
    ),
    NameList(
        weight=6,
        feminine=_words("Aditi Charu Divya Ishani Kavya Lakshmi Meera Nandini Priya Rukmini Sanvi Tara"),
        masculine=_words("Aarav Chetan Dhruv Girish Kabir Manav Nikhil Pranav Rohan Sahil Tejas Vihaan"),
        surnames=_words(
            "Acharya Banerjee Chaudhary Deshpande Gokhale Iyer Joshi Kulkarni Menon Pillai Rao Sethi"
        ),
        languages=(("eng", 0.65), ("hin", 0.35)),
    ),
    NameList(
        weight=5,
        feminine=_words("Adaeze Amara Chiamaka Efua Folake Makena Ngozi Sade Tirunesh Wanjiru Yewande Zola"),
        masculine=_words("Abebe Chidi Dawit Emeka Femi Kofi Kwame Mekonnen Obinna Sefu Tendai Uche"),
        surnames=_words("Achebe Bekele Dlamini Eze Kamau Lemma Mensah Nwosu Okonkwo Osei Tadesse Wekesa"),
        languages=(("eng", 0.6), ("amh", 0.25), ("fre", 0.15)),
    ),
    NameList(
        weight=4,
        feminine=_words("Bao Gaoly Hyejin Jiwoo Kalia Maiv Mei Nkauj Paj Soyeon Xiu Yeng"),
        masculine=_words("Chue Dong Fue Hao Jisung Kong Meng Seojun Tou Wei Xeng Yuan"),
        surnames=_words("Chang Fang Hang Kue Lor Moua Noh Pha Seo Thao Vang Xiong Yoon Zhao"),
        languages=(("eng", 0.5), ("hmn", 0.3), ("kor", 0.1), ("chi", 0.1)),
    ),
)

STREETS = (
    "Heron Lane",
    "Millrace Road",
    "Cottonwood Street",
    "Lantern Court",
    "Old Ferry Road",
    "Thistle Avenue",
    "Juniper Way",
    "Quarry Street",
    "Meadowlark Drive",
    "Tanager Place",
    "Harvest Loop",
    "Stonebridge Street",
)
