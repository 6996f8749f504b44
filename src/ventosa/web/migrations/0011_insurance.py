"""A paper may say that somebody is insured."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One more kind of paper; the column stays as it is."""

    dependencies = [("clinic", "0007_invitation")]
    operations = [
        migrations.AlterField(
            model_name="training",
            name="kind",
            field=models.CharField(
                choices=[
                    ("training", "Training"),
                    ("registration", "Registration"),
                    ("licence", "Licence"),
                    ("insurance", "Insurance"),
                ],
                max_length=16,
            ),
        ),
    ]
